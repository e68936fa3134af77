import type { Omission, TurnMessage, TurnRequest, TurnTool } from '../../inference/turn/turn.ts';
import { omittedHistory } from '../domain/record-omissions.ts';
import { isSuperseded, selectContext, stepTokens, turnMessages } from '../domain/select-context.ts';
import { withoutRemoved } from '../domain/without-removed.ts';
import type { RunPlace } from '../domain/thread-ids.ts';
import type { MessageStep, RunSettings, SupersededRange } from '../domain/thread.ts';
import type { ThreadStore } from '../ports/store.ts';
import type { TurnModel } from '../ports/model.ts';

const CONTEXT_TOKENS_DEFAULT = 128_000;
const ANSWER_TOKENS_DEFAULT = 4_096;
const PAGE_MESSAGES = 50;
const PAGES_MAX = 200;

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
  const ownTokens = Math.ceil(JSON.stringify(own).length / 3);
  const budget =
    (deps.model.contextTokens(settings.model) ?? CONTEXT_TOKENS_DEFAULT) -
    (settings.maxTokens ?? ANSWER_TOKENS_DEFAULT) -
    Math.ceil((settings.system ?? '').length / 3) -
    Math.ceil(JSON.stringify(tools).length / 3) -
    ownTokens;
  const history = await newestFirst(deps, run, budget);
  const { messages, leftOut } = selectContext(history.messages, budget);
  const firstSeq = messages[0]?.[0]?.seq ?? run.seq;
  return {
    request: {
      model: settings.model,
      system: settings.system,
      messages: [...turnMessages(withoutRemoved(messages.flat())), ...own],
      tools,
      maxTokens: settings.maxTokens,
      temperature: settings.temperature,
      controls: settings.controls,
    },
    omissions: [
      ...omittedHistory(history.isWhole && leftOut === 0 ? 0 : firstSeq - 1),
      ...toolOmissions(told),
    ],
  };
};

const toolOmissions = (tools: readonly TurnTool[]): readonly Omission[] =>
  tools.flatMap(({ name, problem }) =>
    problem === undefined ? [] : [{ kind: 'tool', path: `tools.${name}`, reason: problem.reason }],
  );

/** Messages before the run, the newest first, one more than the budget takes; whole: there are no more. */
const newestFirst = async (
  deps: BuildRequestDeps,
  run: RunPlace,
  budgetTokens: number,
): Promise<{
  readonly messages: readonly (readonly MessageStep[])[];
  readonly isWhole: boolean;
}> => {
  const ranges: readonly SupersededRange[] = (await deps.store.get(run))?.superseded ?? [];
  const messages: (readonly MessageStep[])[] = [];
  let left = budgetTokens;
  let beforeSeq = run.seq;
  for (let page = 0; page < PAGES_MAX && left > 0; page++) {
    const { steps, hasMore } = await deps.store.history(run, {
      beforeSeq,
      afterSeq: null,
      order: 'desc',
      limit: PAGE_MESSAGES,
    });
    for (const [seq, message] of grouped(steps)) {
      beforeSeq = Math.min(beforeSeq, seq);
      if (isSuperseded(ranges, seq, run.seq)) continue;
      messages.push(message);
      left -= message.reduce((sum, step) => sum + stepTokens(step), 0);
    }
    if (!hasMore) return { messages, isWhole: true };
  }
  return { messages, isWhole: false };
};

const grouped = (steps: readonly MessageStep[]): ReadonlyMap<number, readonly MessageStep[]> => {
  const messages = new Map<number, readonly MessageStep[]>();
  for (const step of steps) messages.set(step.seq, [...(messages.get(step.seq) ?? []), step]);
  return messages;
};
