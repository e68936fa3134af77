import { randomUUID } from 'node:crypto';
import { eraseThreads } from './usecases/erase-threads.ts';
import { sweepRuns } from './usecases/sweep-runs.ts';
import { wireSweep } from './wire-sweep.ts';

const threads = wireSweep();

/** Each minute: nothing is left streaming, nothing unsettled, nothing of a deleted thread. */
export const handler = async (): Promise<{ readonly seen: number; readonly erased: number }> => ({
  seen: await sweepRuns(threads, randomUUID),
  erased: await eraseThreads(threads, randomUUID),
});
