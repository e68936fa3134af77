import type { ThreadEraser } from '../ports/eraser.ts';
import type { ThreadStore } from '../ports/store.ts';
import type { RunCareDeps } from './run-types.ts';
import { stopRun } from './stop-run.ts';

const THREADS_A_SWEEP_MAX = 100;

export interface EraseDeps extends RunCareDeps {
  readonly eraser: ThreadEraser;
  readonly store: ThreadStore;
}

/** Threads that were deleted lose their items; one whose run is still at work is stopped first and erased the next time. */
export const eraseThreads = async (deps: EraseDeps, nonceOf: () => string): Promise<number> => {
  const due = await deps.eraser.due(deps.timers.nowMs(), THREADS_A_SWEEP_MAX);
  let erased = 0;
  const failures: unknown[] = [];
  for (const place of due) {
    try {
      const activeRun = await deps.store.activeRunOf(place);
      if (activeRun === null) {
        await deps.eraser.erase(place);
        erased += 1;
      } else await stopRun(deps, { ...place, seq: activeRun }, nonceOf());
    } catch (error) {
      deps.report(`not erased: ${place.threadId}`, error);
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, `${failures.length} threads failed`);
  return erased;
};
