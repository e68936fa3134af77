import { JOB_KEPT_MS, NOTICE_PAUSES_MS } from '../domain/limits.ts';
import type { Job } from '../domain/job.ts';
import type { JobWorkDeps } from './job-types.ts';

type NoticeDeps = Pick<JobWorkDeps, 'store' | 'notify' | 'noticeOf' | 'timers'>;

/**
 * Posts that a job is over, one try; the sweep asks for the next one. A try is counted before it is made, so one that
 * died is made again: at least once, by the same id.
 */
export const notifyOfJob = async (deps: NoticeDeps, job: Job): Promise<void> => {
  if (job.webhook?.status !== 'pending' || job.endedAtMs === null || job.deletedAtMs !== null)
    return;
  const pauseMs = NOTICE_PAUSES_MS[job.webhook.tries];
  const nextMs = deps.timers.nowMs() + (pauseMs ?? 0);
  const webhook = await deps.store.beginNotice(job, nextMs);
  if (webhook === null) return;
  const { isDelivered, words } = await deps.notify(webhook, job.jobId, deps.noticeOf(job));
  const isLast = pauseMs === undefined;
  const status = isDelivered ? 'delivered' : isLast ? 'failed' : 'pending';
  await deps.store.endNotice(
    job,
    { ...webhook, status, last: words },
    status === 'pending' ? nextMs : job.endedAtMs + JOB_KEPT_MS,
  );
};
