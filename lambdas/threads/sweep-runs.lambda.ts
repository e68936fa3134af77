import { randomUUID } from 'node:crypto';
import { scheduleEntry } from '../platform/schedule-entry.ts';
import { eraseThreads } from './usecases/erase-threads.ts';
import { sweepJobs } from './jobs/usecases/sweep-jobs.ts';
import { sweepRuns } from './usecases/sweep-runs.ts';
import { wireSweep } from './wire/sweep.ts';

const threads = wireSweep();

/** Each minute: nothing is left streaming, nothing unsettled, nothing of a deleted thread. */
export const handler = scheduleEntry(async () => {
  const done = await Promise.allSettled([
    sweepRuns(threads, randomUUID),
    eraseThreads(threads, randomUUID),
    sweepJobs({ ...threads, store: threads.jobs, starter: threads.jobStarter }),
  ]);
  const failed = done.flatMap((part) => (part.status === 'rejected' ? [part.reason] : []));
  if (failed.length > 0) throw new AggregateError(failed, failed.map(String).join('; '));
});
