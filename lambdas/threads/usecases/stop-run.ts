import type { Run } from '../domain/thread.ts';
import type { RunPlace } from '../domain/thread-ids.ts';
import { CANCELLED, type RunCareDeps } from './run-types.ts';
import { finish } from './take-over.ts';

/**
 * Stops a run from anywhere: its producer sees the flag within a second, or is refused the pause that it was about to
 * make; a run without one is ended here.
 */
export const stopRun = async (
  deps: RunCareDeps,
  place: RunPlace,
  nonce: string,
): Promise<Run | null> => {
  const run = await deps.store.cancelRun(place, deps.timers.nowMs());
  if (run === null || run.endedAtMs !== null) return run;
  const hasProducer =
    run.status === 'active' && run.writer !== null && run.leaseUntilMs > deps.timers.nowMs();
  if (!hasProducer) await finish(deps, run, nonce, CANCELLED);
  return await deps.store.run(place);
};

/** Starts a waiting run again when every call that it waits for has its answer. */
export const resumeRun = async (
  deps: RunCareDeps,
  run: Run,
  waitingFor: readonly string[],
): Promise<boolean> => {
  const answers = await Promise.all(
    waitingFor.map(async (id) => await deps.store.toolAnswer(run, id)),
  );
  if (answers.includes(null)) return false;
  if (await deps.store.wakeRun(run, deps.timers.nowMs())) await deps.starter.start(run);
  return true;
};
