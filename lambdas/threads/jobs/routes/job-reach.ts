import type { HttpRequest } from '../../../http/request.ts';
import { AppError } from '../../../shared/app-error.ts';
import { callerOf, type Caller, type ReachDeps } from '../../routes/reach.ts';
import type { Job, JobPlace } from '../domain/job.ts';
import { isJobId } from '../domain/job-ids.ts';
import type { JobStore } from '../ports/job-store.ts';

export interface JobReachDeps extends Pick<ReachDeps, 'keys' | 'store'> {
  readonly jobs: JobStore;
}

/**
 * The job that a path names. A child key builds the partition from its own end user, so somebody else's job cannot be
 * named: it answers the same 404 as one that never was, and as one that was deleted.
 */
export const reachJob = async (
  deps: JobReachDeps,
  request: HttpRequest,
): Promise<{ readonly caller: Caller; readonly job: Job }> => {
  const caller = await callerOf(deps, request);
  const place = await placeOfJob(deps, caller, request.params['job_id'] ?? '');
  const job = place === null ? null : await deps.jobs.get(place);
  if (job === null || job.deletedAtMs !== null)
    throw new AppError({ code: 'not_found', publicMessage: 'This job does not exist.' });
  return { caller, job };
};

const placeOfJob = async (
  { jobs }: JobReachDeps,
  { key: { projectId }, endUserId, isAdmin }: Caller,
  jobId: string,
): Promise<JobPlace | null> => {
  if (!isJobId(jobId)) return null;
  return isAdmin ? await jobs.whose(projectId, jobId) : { projectId, endUserId, jobId };
};
