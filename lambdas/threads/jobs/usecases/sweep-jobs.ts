import { LEASE_MS } from '../../domain/limits.ts';
import { isOver, type Job, type JobPlace } from '../domain/job.ts';
import { JOB_KEPT_MS, JOBS_A_SWEEP_MAX } from '../domain/limits.ts';
import type { JobCareDeps } from './job-types.ts';

const LATER_MS = 60_000;
/** Twice a sweep and a lease: a job that nobody has had for so long is stuck. */
const STUCK_MS = 2 * (LATER_MS + LEASE_MS);

/**
 * Each minute: jobs without a worker get one, webhooks that failed are tried again, what was deleted or has had its time
 * is removed. One that fails is reported and does not keep the others waiting; then the sweep fails.
 */
export const sweepJobs = async (deps: JobCareDeps): Promise<number> => {
  const due = await deps.store.due(deps.timers.nowMs(), JOBS_A_SWEEP_MAX);
  const failures: unknown[] = [];
  let stuckRuns = 0;
  for (const place of due) {
    try {
      if (await sweepOne(deps, place)) stuckRuns += 1;
    } catch (error) {
      deps.report(`not looked after: ${place.jobId}`, error);
      failures.push(error);
    }
  }
  if (stuckRuns > 0) deps.metrics.record({ stuckRuns });
  if (failures.length > 0) throw new AggregateError(failures, `${failures.length} jobs failed`);
  return due.length;
};

/** true: the job is stuck. */
const sweepOne = async (deps: JobCareDeps, place: JobPlace): Promise<boolean> => {
  const job = await deps.store.get(place);
  const nowMs = deps.timers.nowMs();
  if (job === null) {
    await deps.store.abandon(place, nowMs);
    return false;
  }
  if (isOver(job) && isForgotten(job, nowMs)) {
    await deps.store.erase(place);
    return false;
  }
  const wantsWorker = isOver(job)
    ? job.webhook?.status === 'pending'
    : job.writer === null || job.leaseUntilMs <= nowMs;
  // The worker of a job that is over says itself when its webhook is due again.
  if (!isOver(job) || !wantsWorker)
    await deps.store.later(place, isOver(job) ? keptUntil(job) : nowMs + LATER_MS);
  if (wantsWorker) await deps.starter.startJob(place);
  return !isOver(job) && job.writer !== null && nowMs - job.leaseUntilMs > STUCK_MS;
};

const isForgotten = (job: Job, nowMs: number): boolean =>
  job.deletedAtMs !== null || keptUntil(job) <= nowMs;

const keptUntil = ({ endedAtMs, createdAtMs }: Job): number =>
  (endedAtMs ?? createdAtMs) + JOB_KEPT_MS;
