import { tableThreadChanges } from './adapters/table-thread-changes.ts';
import { wireRuns } from './wire.ts';

/** What tells of threads and their runs. */
export const wireEvents = () => {
  const runs = wireRuns();
  return {
    ...runs,
    changes: tableThreadChanges(runs.rows),
    streaming: runs.env.STREAMING,
  };
};
