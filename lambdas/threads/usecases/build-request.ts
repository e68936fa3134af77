import type { Omission, TurnMessage, TurnRequest, TurnTool } from '../../inference/turn/turn.ts';
import { sizeOfJson } from '../../inference/turn/content-size.ts';
import { omittedHistory, omittedThrough } from '../domain/record-omissions.ts';
import {
  isSuperseded,
  selectContext,
  sizeOfMessage,
  turnMessages,
  withShorterResults,
  wordsBefore,
  type ContextBudget,
} from '../domain/select-context.ts';
import { withoutRemoved } from '../domain/without-removed.ts';
import type { RunPlace } from '../domain/thread-ids.ts';
import type { MessageStep, RunSettings, SupersededRange } from '../domain/thread.ts';
import type { ThreadStore } from '../ports/store.ts';
import type { TurnModel } from '../ports/model.ts';

const CONTEXT_TOKENS_DEFAULT = 128_000;
const ANSWER_TOKENS_DEFAULT = 4_096;
const PAGE_MESSAGES = 50;
const PAGES_MAX = 200;
/** Of a request to the provider that takes the least: https://platform.claude.com/docs/en/api/overview#request-size-limits */
const CONTEXT_BYTES_MAX = 20_000_000;
/** Pictures and pages of documents: Anthropic takes 100 of each. https://platform.claude.com/docs/en/build-with-claude/vision */
const CONTEXT_MEDIA_MAX = 100;
/** One message with more than this of the window would leave no room for the others: its tools' results are cut. */
const MESSAGE_SHARE = 2 / 3;
/** What persons said before a cut is kept within this part of the budget, beside the two thirds that a cut leaves. */
const WORDS_SHARE = 1 / 8;

export interface BuildRequestDeps {
  readonly store: Pick<ThreadStore, 'history' | 'get'>;
  readonly model: Pick<TurnModel, 'contextTokens'>;
}

export interface BuiltRequest {
  readonly request: TurnRequest;
  /** What of the thread it leaves out. */
  readonly omissions: readonly Omission[];
}

export type AskedSettings = Pick<
  RunSettings,
  'model' | 'system' | 'maxTokens' | 'temperature' | 'controls'
>;

/** What the next model turn of a run is told: the newest history that fits its window, then the run's own steps. */
export const buildRequest = async (
  deps: BuildRequestDeps,
  run: RunPlace & { readonly settings: AskedSettings },
  /** What the store does not have yet: the run's own steps, or the message that is being posted. */
  own: readonly TurnMessage[],
  told: readonly TurnTool[],
): Promise<BuiltRequest> => {
  const { settings } = run;
  const tools = told.filter(({ problem }) => problem?.isLeftOut !== true);
  const windowTokens = deps.model.contextTokens(settings.model) ?? CONTEXT_TOKENS_DEFAULT;
  const whole: ContextBudget = {
    tokens:
      windowTokens -
      (settings.maxTokens ?? ANSWER_TOKENS_DEFAULT) -
      sizeOfJson(settings.system ?? '').tokens -
      sizeOfJson(tools).tokens,
    bytes: CONTEXT_BYTES_MAX,
    media: CONTEXT_MEDIA_MAX,
  };
  const said = withShorterResults(own, whole);
  const budget = without(whole, sizeOfMessage(said));
  const ranges: readonly SupersededRange[] = (await deps.store.get(run))?.superseded ?? [];
  const isShown = (seq: number): boolean => !isSuperseded(ranges, seq, run.seq);
  const history = await newestFirst(deps, run, { budget, windowTokens, isShown });
  const wordsTokens = Math.max(0, Math.min(whole.tokens * WORDS_SHARE, budget.tokens / 3));
  const { messages, cutSeq } = selectContext(history.messages, budget, { ...history, wordsTokens });
  const earlier =
    cutSeq === 0 ? [] : await wordsBeforeCut(deps, run, { cutSeq, wordsTokens, isShown });
  const context = [...earlier, ...turnMessages(withoutRemoved(messages.flat()))];
  // The question that is answered may be all that is left of history: results of tools give way to it.
  return {
    request: {
      model: settings.model,
      system: settings.system,
      messages: [...context, ...withShorterResults(said, without(whole, sizeOfMessage(context)))],
      tools,
      maxTokens: settings.maxTokens,
      temperature: settings.temperature,
      controls: settings.controls,
    },
    omissions: [...omittedHistory(cutSeq), ...toolOmissions(told)],
  };
};

const toolOmissions = (tools: readonly TurnTool[]): readonly Omission[] =>
  tools.flatMap(({ name, problem }) =>
    problem === undefined ? [] : [{ kind: 'tool', path: `tools.${name}`, reason: problem.reason }],
  );

const without = (budget: ContextBudget, size: ContextBudget): ContextBudget => ({
  tokens: budget.tokens - size.tokens,
  bytes: budget.bytes - size.bytes,
  media: budget.media - size.media,
});

interface Reading {
  readonly budget: ContextBudget;
  readonly windowTokens: number;
  readonly isShown: (seq: number) => boolean;
}

/** Messages before the run, the newest first, one more than the budget takes; whole: there are no more. */
const newestFirst = async (
  deps: BuildRequestDeps,
  run: RunPlace & { readonly settings: Pick<AskedSettings, 'model'> },
  { budget, windowTokens, isShown }: Reading,
): Promise<{
  readonly messages: readonly (readonly MessageStep[])[];
  readonly isWhole: boolean;
  readonly lastCutSeq: number | null;
}> => {
  const most = { ...budget, tokens: windowTokens * MESSAGE_SHARE };
  const messages: (readonly MessageStep[])[] = [];
  let lastCutSeq: number | null = null;
  let left = budget.tokens;
  let beforeSeq = run.seq;
  for (let page = 0; page < PAGES_MAX && left > 0 && beforeSeq > (lastCutSeq ?? 0); page++) {
    const { steps, hasMore } = await deps.store.history(run, {
      beforeSeq,
      afterSeq: null,
      order: 'desc',
      limit: PAGE_MESSAGES,
    });
    for (const [seq, whole] of grouped(steps)) {
      beforeSeq = Math.min(beforeSeq, seq);
      if (!isShown(seq)) continue;
      lastCutSeq ??= cutOf(whole, run.settings.model);
      const message = withShorterResults(whole, most);
      messages.push(message);
      left -= sizeOfMessage(message).tokens;
    }
    if (!hasMore) return { messages, isWhole: true, lastCutSeq };
  }
  return { messages, isWhole: false, lastCutSeq };
};

/** Where history was cut when this model gave this answer; null: it is none of its answers. */
const cutOf = (steps: readonly MessageStep[], model: string): number | null => {
  const told = steps.findLast((step) => step.model === model && step.provider !== null);
  return told === undefined ? null : omittedThrough(told.omissions);
};

interface Cut extends Pick<Reading, 'isShown'> {
  readonly cutSeq: number;
  readonly wordsTokens: number;
}

/** What persons said in the messages right before the cut: always the same ones, as long as the cut stays. */
const wordsBeforeCut = async (
  deps: BuildRequestDeps,
  run: RunPlace,
  { cutSeq, wordsTokens, isShown }: Cut,
): Promise<readonly TurnMessage[]> => {
  const { steps } = await deps.store.history(run, {
    beforeSeq: cutSeq + 1,
    afterSeq: null,
    order: 'desc',
    limit: PAGE_MESSAGES,
  });
  const messages = [...grouped(withoutRemoved(steps)).entries()];
  const shown = messages.filter(([seq]) => isShown(seq)).map(([, message]) => message);
  return wordsBefore(shown, wordsTokens);
};

const grouped = (steps: readonly MessageStep[]): ReadonlyMap<number, readonly MessageStep[]> => {
  const messages = new Map<number, readonly MessageStep[]>();
  for (const step of steps) messages.set(step.seq, [...(messages.get(step.seq) ?? []), step]);
  return messages;
};
