import type { Context } from 'aws-lambda';
import { postNotice } from '../jobs/adapters/post-notice.ts';
import { viewOfJob } from '../jobs/formats/job-view.ts';
import { routeCaller } from '../jobs/routes/route-caller.ts';
import type { JobWorkDeps } from '../jobs/usecases/job-types.ts';
import { wireJobs } from './jobs.ts';
import type { wireTurns } from './turns.ts';

/** What works on jobs, for one invocation after the other. */
export const wireJobWork = (threads: ReturnType<typeof wireTurns>) => {
  const { jobs, jobStarter } = wireJobs(threads);
  const { inference, chunks, timers, metrics, report } = threads;
  return (context: Context): JobWorkDeps => ({
    store: jobs,
    starter: jobStarter,
    chunks,
    caller: routeCaller({ inference, responses: threads, context }),
    notify: postNotice(threads),
    noticeOf: (job) => JSON.stringify({ id: job.jobId, type: 'job.ended', data: viewOfJob(job) }),
    ledger: inference.ledger,
    random: Math.random,
    timers,
    metrics,
    report,
  });
};
