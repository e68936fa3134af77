import { randomUUID } from 'node:crypto';
import { sweepRuns } from './usecases/sweep-runs.ts';
import { wireThreads } from './wire.ts';

const threads = wireThreads();

/** Each minute: nothing is left streaming, nothing unsettled. */
export const handler = async (): Promise<{ readonly seen: number }> => ({
  seen: await sweepRuns(threads, randomUUID),
});
