import type { ToolUseBlock } from '../../inference/turn/turn.ts';
import { foldSteps } from '../domain/fold-steps.ts';
import { TOOL_MARGIN_MS, TOOL_TIMEOUT_MAX_MS } from '../domain/limits.ts';
import type { RunEvent } from '../domain/run-event.ts';
import type { ToolOutcome } from '../ports/tools.ts';
import { FencedError } from './run-log.ts';
import { CANCELLED, moneyOf, type Ending, type RunTurnDeps, type Work } from './run-types.ts';
import { answerSteps } from './step-rows.ts';

/** Runs the open calls of a turn side by side; null: every one has its result, the run continues. */
export const callTools = async (
  deps: RunTurnDeps,
  work: Work,
  calls: readonly ToolUseBlock[],
): Promise<Ending | null> => {
  const waiting: { readonly id: string; readonly wants: 'result' | 'approval' }[] = [];
  const outcomes = await Promise.all(
    calls.map(async (use) => ({
      use,
      outcome: await outcomeOf(use, () => deps.tools.call(work.run, use, work.guard.signal)),
    })),
  );
  // Results are logged in the order of the calls, so that a resume and history read the same.
  for (const { use, outcome } of outcomes) {
    if (outcome.kind === 'waits') waiting.push({ id: use.id, wants: outcome.wants });
    else await work.log.push(resultEvent(use, outcome));
  }
  const cause = work.guard.cause();
  if (cause === 'fenced') throw new FencedError('the lease was lost');
  if (cause === 'cancelled') return CANCELLED;
  if (waiting.length > 0) {
    const approvals = waiting.filter(({ wants }) => wants === 'approval').map(({ id }) => id);
    await work.log.push({
      type: 'run.requires_action',
      tool_use_ids: waiting.map(({ id }) => id),
      ...(approvals.length === 0 ? {} : { approval_ids: approvals }),
    });
    return { status: 'requires_action', terminal: null, stopReason: 'requires_action' };
  }
  await work.log.flush();
  const steps = foldSteps(work.log.events);
  const isMine = await deps.store.recordStep(work.run, work.writer, {
    step: answerSteps(work, steps, deps.timers.nowMs(), 'streaming').at(-1) ?? null,
    money: moneyOf(work),
  });
  if (!isMine) throw new FencedError('the run has another producer');
  return null;
};

/**
 * Would these calls outlive the function? The registry is read only when the slowest tool there may be would not fit.
 * The producer whose first work they are runs them: nobody has more time than a function that just began.
 */
export const wantMoreTime = async (
  deps: Pick<RunTurnDeps, 'tools' | 'timers'>,
  work: Pick<Work, 'run'>,
  calls: readonly ToolUseBlock[],
  deadlineMs: number,
): Promise<boolean> => {
  const leftMs = deadlineMs - deps.timers.nowMs() - TOOL_MARGIN_MS;
  if (leftMs >= TOOL_TIMEOUT_MAX_MS) return false;
  const timesMs = await Promise.all(
    calls.map(async (use) => await deps.tools.timeMs(work.run, use)),
  );
  return Math.max(...timesMs) > Math.max(leftMs, 0);
};

/** A call whose input never became whole is not run: half an input may mean something else. The model is informed. */
export const outcomeOf = async (
  use: ToolUseBlock,
  call: () => Promise<ToolOutcome>,
): Promise<ToolOutcome> =>
  use.partial_json === undefined
    ? await call()
    : {
        kind: 'result',
        block: {
          type: 'tool_result',
          tool_use_id: use.id,
          content: 'The input of this call was cut or is not JSON, so it was not run.',
          is_error: true,
        },
        status: 'failed',
        latencyMs: 0,
        attempts: 0,
      };

const resultEvent = (
  use: ToolUseBlock,
  outcome: Extract<ToolOutcome, { readonly kind: 'result' }>,
): RunEvent => ({
  type: 'tool_result',
  name: use.name,
  block: outcome.block,
  status: outcome.status,
  latency_ms: outcome.latencyMs,
  attempts: outcome.attempts,
});
