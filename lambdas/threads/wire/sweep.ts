import { tableThreadEraser } from '../adapters/threads/table-thread-eraser.ts';
import { wireJobs } from './jobs.ts';
import { wireRuns } from './runs.ts';

/** What ends what died and removes what was deleted. */
export const wireSweep = () => {
  const runs = wireRuns();
  const { rows, blobs } = runs;
  return {
    ...runs,
    ...wireJobs(runs),
    eraser: tableThreadEraser({
      tables: rows,
      removeObjects: async (threadId) => await blobs.removeAll(threadId),
    }),
  };
};
