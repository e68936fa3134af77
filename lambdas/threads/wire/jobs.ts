import { lambdaJobStarter } from '../jobs/adapters/lambda-job-starter.ts';
import { tableJobStore } from '../jobs/adapters/table-job-store.ts';
import type { wireRuns } from './runs.ts';

/** Jobs in the tables of threads, for who keeps and reads them. */
export const wireJobs = ({ env, tables, rows, blobs, timers }: ReturnType<typeof wireRuns>) => ({
  jobs: tableJobStore({
    tables,
    rows,
    removeObjects: async (jobId) => await blobs.removeAll(jobId),
    timers,
    random: Math.random,
  }),
  jobStarter: lambdaJobStarter({ functionName: env.RUN_TURN_FUNCTION }),
});
