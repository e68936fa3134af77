import { tableThreadChanges } from '../adapters/threads/table-thread-changes.ts';
import { wireJobs } from './jobs.ts';
import { wireRuns } from './runs.ts';

/** What reports of threads and their runs. */
export const wireEvents = () => {
  const runs = wireRuns();
  return {
    ...runs,
    ...wireJobs(runs),
    changes: tableThreadChanges(runs.rows),
    streaming: runs.env.STREAMING,
  };
};
