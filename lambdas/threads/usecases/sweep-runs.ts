import { ACTION_WAIT_MS } from '../domain/limits.ts';
import type { RunPlace } from '../domain/thread-ids.ts';
import type { RunCareDeps } from './run-types.ts';
import { giveUpWaiting, takeOver } from './take-over.ts';

const RUNS_A_SWEEP_MAX = 500;
const LATER_MS = 60_000;

/** Each minute: runs whose producer died are ended, unstarted ones started, debts settled. Returns how many it saw. */
export const sweepRuns = async (deps: RunCareDeps, nonceOf: () => string): Promise<number> => {
  const due = await deps.store.runsToSweep(deps.timers.nowMs(), RUNS_A_SWEEP_MAX);
  const failures: unknown[] = [];
  for (const place of due) {
    try {
      await sweepOne(deps, place, nonceOf());
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, `${failures.length} runs failed`);
  return due.length;
};

const sweepOne = async (deps: RunCareDeps, place: RunPlace, nonce: string): Promise<void> => {
  const run = await takeOver(deps, place, nonce);
  if (run === null || run.endedAtMs !== null) return;
  const nowMs = deps.timers.nowMs();
  if (run.status === 'requires_action' && nowMs - run.leaseUntilMs > ACTION_WAIT_MS)
    await giveUpWaiting(deps, run, nonce);
  else await deps.store.sweepLater(place, nowMs + LATER_MS);
};
