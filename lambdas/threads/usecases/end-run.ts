import { microsFromNanoUsd } from '../../shared/money.ts';
import { answererOf } from '../domain/answerer.ts';
import { foldSteps } from '../domain/fold-steps.ts';
import { CHUNK_EVENTS_MAX } from '../domain/limits.ts';
import { answeredResult, cancelledResult, openCalls } from '../domain/open-calls.ts';
import type { RunEvent } from '../domain/run-event.ts';
import { addTokens, subtractTokens } from '../domain/add-tokens.ts';
import { NO_TOKENS, storedCounts } from '../../ledger/domain/usage.ts';
import { runIdOf } from '../domain/thread-ids.ts';
import type { MessageStep, Run, RunEnd, Thread } from '../domain/thread.ts';
import { wantsTitle } from '../domain/title.ts';
import { FencedError } from './run-log.ts';
import { CANCELLED, type Ending, type RunCareDeps, type Work } from './run-types.ts';
import { answerSteps } from './step-rows.ts';

/**
 * Ends a run in one transaction: what is left of its events, its steps, its figures, the thread's next run. Then the
 * ledger gets its settlement; should that fail, the sweep repeats it from the run.
 */
export const endRun = async (deps: RunCareDeps, work: Work, ending: Ending): Promise<void> => {
  const pending = [...(await work.log.takePending())];
  const before = [...work.log.events];
  // A complete answer may end with calls: their results come with the next turn.
  if (ending.terminal !== null && ending.status !== 'complete')
    for (const use of openCalls(foldSteps([...before, ...pending]))) {
      const answer = await deps.store.toolAnswer(work.run, use.id);
      pending.push(answeredResult(use, answer) ?? cancelledResult(use));
    }
  if (ending.terminal !== null)
    pending.push({
      type: ending.terminal,
      stop_reason: ending.stopReason,
      usage: storedCounts(work.usage),
      cost_micros: microsFromNanoUsd(work.costNanoUsd),
      ...answererOf([...before, ...pending]),
      ...(ending.error === undefined ? {} : { error: ending.error }),
    });
  // More than one chunk is left only when many calls were open: the first ones go as ordinary chunks.
  while (pending.length > CHUNK_EVENTS_MAX) {
    const head = pending.splice(0, CHUNK_EVENTS_MAX);
    const firstIndex = before.length;
    if (
      (await deps.chunks.append(work.run, work.writer, { firstIndex, events: head })) === 'fenced'
    )
      throw new FencedError('the run has another producer');
    before.push(...head);
  }
  const end = runEnd(work, ending, before, pending, deps.timers.nowMs());
  const outcome = await deps.store.endRun(work.run, work.writer, end);
  if (outcome === 'cancel_asked') {
    for (const event of pending)
      if (event.type !== 'run.requires_action') await work.log.push(event);
    return await endRun(deps, work, CANCELLED);
  }
  if (outcome !== 'ended') throw new FencedError('the run has another producer');
  deps.metrics.record({ turns: 1 }, { by: { reason: end.status }, facts: idsOf(work.run) });
  work.log.showEnd(before.length, pending);
  work.onEnd();
  await afterEnd(deps, {
    ...work.run,
    hold: work.hold,
    unsettled: end.unsettled,
    status: end.status,
  });
};

const idsOf = ({ threadId, seq, keyId }: Run) => ({
  run_id: runIdOf(threadId, seq),
  key_id: keyId,
});

const runEnd = (
  work: Work,
  ending: Ending,
  before: readonly RunEvent[],
  events: readonly RunEvent[],
  nowMs: number,
): RunEnd => {
  const log = [...before, ...events];
  return {
    status: ending.status,
    terminal: ending.terminal,
    firstIndex: before.length,
    events,
    log,
    steps: withRest(
      work,
      answerSteps(work, foldSteps(log), nowMs, ending.status, ending.stopReason),
    ),
    stopReason: ending.stopReason,
    hold: work.hold,
    unsettled: work.unsettled,
    usage: work.usage,
    costNanoUsd: work.costNanoUsd,
    nowMs,
  };
};

/** A turn that was paid for and said nothing, or was begun again, is on the last step: message and run agree. */
const withRest = (work: Work, rows: readonly MessageStep[]): readonly MessageStep[] => {
  const cost = rows.reduce((sum, row) => sum - row.costNanoUsd, work.costNanoUsd);
  const last = rows.at(-1);
  if (last === undefined || cost === 0) return rows;
  const told = rows.flatMap(({ usage }) => (usage === null ? [] : [usage]));
  const rest = told.reduce(subtractTokens, work.usage);
  const usage = addTokens(last.usage ?? NO_TOKENS, rest);
  return [...rows.slice(0, -1), { ...last, usage, costNanoUsd: last.costNanoUsd + cost }];
};

/**
 * Starts the thread's next run and settles what this one owes, both repeated by the sweep; asks for a title. A deleted
 * thread's next run is started too: it ends as cancelled, and so does what waits after it.
 */
export const afterEnd = async (
  deps: Pick<RunCareDeps, 'store' | 'model' | 'starter' | 'report'>,
  run: Run,
): Promise<void> => {
  let thread: Thread | null = null;
  try {
    if (run.status === 'requires_action') return;
    thread = await deps.store.get(run);
    const next = thread === null ? await deps.store.activeRunOf(run) : thread.activeRun;
    if (next !== null && next !== run.seq) await deps.starter.start({ ...run, seq: next });
  } catch (error) {
    deps.report('next run not started', error);
  }
  try {
    await settleRun(deps, run);
  } catch (error) {
    deps.report('run not settled', error);
  }
  try {
    // Should this be lost, the next complete answer asks for the title.
    if (thread !== null && wantsTitle(thread, run)) await deps.starter.startTitle(run);
  } catch (error) {
    deps.report('title not started', error);
  }
};

/** Ends the hold that a run has left, at its settlement; a second time does nothing. */
export const settleRun = async (
  deps: Pick<RunCareDeps, 'store' | 'model'>,
  run: Run,
): Promise<void> => {
  if (run.unsettled === null || run.hold === null) return;
  await deps.model.settle(run.hold, run.unsettled);
  if (run.status !== 'requires_action') await deps.store.settled(run);
};
