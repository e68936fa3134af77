import type { Omission, TurnMessage, TurnRequest, TurnTool } from '../../inference/turn/turn.ts';
import { sizeOfJson } from '../../inference/turn/content-size.ts';
import { omittedHistory } from '../domain/record-omissions.ts';
import {
  isOfPerson,
  isSuperseded,
  selectContext,
  sizeOfMessage,
  sizeOfPersons,
  sizeOfShortest,
  turnMessages,
  withShorterResults,
  type ContextBudget,
} from '../domain/select-context.ts';
import { withoutRemoved } from '../domain/without-removed.ts';
import type { RunPlace } from '../domain/thread-ids.ts';
import type { RunSettings, SupersededRange } from '../domain/thread.ts';
import type { ThreadStore } from '../ports/store.ts';
import type { TurnModel } from '../ports/model.ts';
import { newestHistory, wordsBeforeCut } from './newest-history.ts';

const CONTEXT_TOKENS_DEFAULT = 128_000;
const ANSWER_TOKENS_DEFAULT = 4_096;
/** Of a request to the provider that accepts the least: https://platform.claude.com/docs/en/api/overview#request-size-limits */
const CONTEXT_BYTES_MAX = 20_000_000;
/** Pictures and pages of documents: Anthropic accepts 100 of each. https://platform.claude.com/docs/en/build-with-claude/vision */
const CONTEXT_MEDIA_MAX = 100;
/** What persons said before a cut is kept within this part of the budget, beside the two thirds that a cut leaves. */
const WORDS_SHARE = 1 / 8;
/** Results of the run's own tools leave this much to what persons said before it. */
const PERSONS_SHARE = 1 / 2;

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

/** What the next model turn of a run is sent: the newest history that fits its window, then the run's own steps. */
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
  const ranges: readonly SupersededRange[] = (await deps.store.get(run))?.superseded ?? [];
  const isShown = (seq: number): boolean => !isSuperseded(ranges, seq, run.seq);
  const reading = { run, isShown };
  const history = await newestHistory(
    deps,
    { ...reading, windowTokens },
    without(whole, sizeOfShortest(own)),
  );
  const persons = sizeOfPersons(history.messages, Math.max(0, whole.tokens * PERSONS_SHARE));
  const said = withShorterResults(own, without(whole, persons));
  const budget = without(whole, sizeOfMessage(said));
  const wordsTokens = Math.max(0, Math.min(whole.tokens * WORDS_SHARE, budget.tokens / 3));
  const { messages, cutSeq } = selectContext(history.messages, budget, {
    ...history,
    wordsTokens,
    own,
  });
  const hasQuestion = !isOfPerson(own) && !messages.some(isOfPerson);
  const earlier =
    cutSeq === 0 ? [] : await wordsBeforeCut(deps, reading, { cutSeq, wordsTokens, hasQuestion });
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
