import { activityKey } from '../../adapters/threads/thread-keys.ts';
import type { ItemKey } from '../../../platform/tables/tables.ts';
import type { JobPlace } from '../domain/job.ts';

type Owner = Omit<JobPlace, 'jobId'>;

const INDEX_DIGITS = 6;
export const INDEX_MAX = 999_999;

export const jobPk = (place: JobPlace): string => `${activityKey(place)}#J#${place.jobId}`;

/** Written once and never changed: that it is there says that the partition is alive. */
export const jobMetaKey = (place: JobPlace): ItemKey => ({ pk: jobPk(place), sk: 'META' });
export const jobStateKey = (place: JobPlace): ItemKey => ({ pk: jobPk(place), sk: 'STATE' });
/** Of a job with large calls, from before it is there: by it the sweep finds an object whose job never came. */
export const jobDraftKey = (place: JobPlace): ItemKey => ({ pk: jobPk(place), sk: 'DRAFT' });
export const jobCallsKey = (place: JobPlace): ItemKey => ({ pk: jobPk(place), sk: 'CALLS' });

const indexText = (index: number): string => String(index).padStart(INDEX_DIGITS, '0');

export const jobItemKey = (place: JobPlace, index: number): ItemKey => ({
  pk: jobPk(place),
  sk: `ITEM#${indexText(index)}`,
});
export const jobResultKey = (place: JobPlace, index: number): ItemKey => ({
  pk: jobPk(place),
  sk: `OUT#${indexText(index)}`,
});

/** Where an admin finds whose job an id is; the list of the project's jobs is of these. */
export const jobPointerKey = (projectId: string, jobId: string): ItemKey => ({
  pk: `P#${encodeURIComponent(projectId)}#J#${jobId}`,
  sk: 'META',
});
export const projectListPk = (projectId: string): string =>
  `P#${encodeURIComponent(projectId)}#JOBS`;
export const userListPk = (owner: Owner): string => `${activityKey(owner)}#JOBS`;

/** Of one end user: how many jobs are not over, and which requests made some. */
export const openJobsKey = (owner: Owner): ItemKey => ({ pk: userListPk(owner), sk: 'OPEN' });
/** How many bytes of calls the end user's jobs of a day have. */
export const madeJobsKey = (owner: Owner, nowMs: number): ItemKey => ({
  pk: userListPk(owner),
  sk: `MADE#${new Date(nowMs).toISOString().slice(0, 'yyyy-mm-dd'.length)}`,
});
export const jobRequestKey = (owner: Owner, keyId: string, requestId: string): ItemKey => ({
  pk: userListPk(owner),
  sk: `REQ#${keyId}#${encodeURIComponent(requestId)}`,
});

/** The place of a job from a key of its partition; null: another partition. */
export const jobPlaceOf = (pk: string): JobPlace | null => {
  const [, project, user, jobId] = /^P#([^#]*)#U#([^#]*)#J#(job_[0-9a-z]+)$/.exec(pk) ?? [];
  if (project === undefined || user === undefined || jobId === undefined) return null;
  return {
    projectId: decodeURIComponent(project),
    endUserId: user === '_' ? null : decodeURIComponent(user),
    jobId,
  };
};

/** Jobs are fewer than threads, and are looked for on their own. */
const SWEEP_SHARDS = 2;
export const jobSweepShard = (jobId: string): string =>
  `JOBS#${jobId.charCodeAt(4) % SWEEP_SHARDS}`;
export const jobSweepShards = (): readonly string[] =>
  Array.from({ length: SWEEP_SHARDS }, (_, shard) => `JOBS#${shard}`);
