import { ACTION_WAIT_MS, LEASE_MS } from '../domain/limits.ts';
import type { Run } from '../domain/thread.ts';
import { runIdOf, type RunPlace } from '../domain/thread-ids.ts';
import type { RunCareDeps } from './run-types.ts';
import { resumeRun } from './stop-run.ts';
import { giveUpWaiting, storedEvents, takeOver } from './take-over.ts';

const RUNS_A_SWEEP_MAX = 500;
const LATER_MS = 60_000;
/** Twice a sweep and a lease: a run that nobody has had for so long, and that still is not over, is stuck. */
const STUCK_MS = 2 * (LATER_MS + LEASE_MS);
/** Longer than a producer serves its viewers after the end. */
const PRODUCER_GONE_MS = 10_000;

/**
 * Each minute: runs whose producer died are ended, unstarted ones started, debts settled. Returns how many it saw. One
 * that fails is reported and does not keep the others waiting; then the sweep fails.
 */
export const sweepRuns = async (deps: RunCareDeps, nonceOf: () => string): Promise<number> => {
  const due = await deps.store.runsToSweep(deps.timers.nowMs(), RUNS_A_SWEEP_MAX);
  const failures: unknown[] = [];
  let stuckRuns = 0;
  for (const place of due) {
    try {
      if (await sweepOne(deps, place, nonceOf())) stuckRuns += 1;
    } catch (error) {
      deps.report(`not looked after: ${runIdOf(place.threadId, place.seq)}`, error);
      failures.push(error);
    }
  }
  if (stuckRuns > 0) deps.metrics.record({ stuckRuns });
  if (failures.length > 0) deps.metrics.record({ unsweptRuns: failures.length });
  if (failures.length > 0) throw new AggregateError(failures, `${failures.length} runs failed`);
  return due.length;
};

/** true: the run is stuck. */
const sweepOne = async (deps: RunCareDeps, place: RunPlace, nonce: string): Promise<boolean> => {
  const run = await takeOver(deps, place, nonce);
  if (run === null) return false;
  const nowMs = deps.timers.nowMs();
  if (run.endedAtMs !== null) {
    // Its producer may have died between the end and the last post.
    if (nowMs - run.endedAtMs > PRODUCER_GONE_MS) await deps.audience.serveIdleThread(run);
    return false;
  }
  if (run.status === 'requires_action' && nowMs - run.leaseUntilMs > ACTION_WAIT_MS)
    await giveUpWaiting(deps, run, nonce);
  else if (run.status !== 'requires_action' || !(await wakeAnswered(deps, run)))
    await deps.store.sweepLater(place, nowMs + LATER_MS);
  return run.status === 'active' && nowMs - run.leaseUntilMs > STUCK_MS;
};

/** Whoever gave the last answer may have died before it woke the run. */
const wakeAnswered = async (deps: RunCareDeps, run: Run): Promise<boolean> => {
  const wait = (await storedEvents(deps, run)).findLast(
    (event) => event.type === 'run.requires_action',
  );
  return wait !== undefined && (await resumeRun(deps, run, wait.tool_use_ids));
};
