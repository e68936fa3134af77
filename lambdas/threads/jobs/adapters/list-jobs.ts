import type { Item, Tables } from '../../../platform/tables/tables.ts';
import { activityPage } from '../../adapters/threads/activity-page.ts';
import type { Job } from '../domain/job.ts';
import type { JobPage, JobStore } from '../ports/job-store.ts';
import { jobOf } from './job-items.ts';
import { jobPlaceOf, jobStateKey, projectListPk, userListPk } from './job-keys.ts';

/** The index holds what never changes of a job; how it is, its own item says. */
export const listJobs = async (
  tables: Tables,
  { projectId, endUserId, ...page }: Parameters<JobStore['list']>[0],
): Promise<JobPage> => {
  const pk =
    endUserId === undefined ? projectListPk(projectId) : userListPk({ projectId, endUserId });
  const { items, nextCursor } = await activityPage(tables, pk, page);
  const jobs = await Promise.all(items.map(async (item) => await jobAt(tables, item)));
  return {
    jobs: jobs.filter((job) => job !== null).filter(({ deletedAtMs }) => deletedAtMs === null),
    nextCursor,
  };
};

const jobAt = async (tables: Tables, item: Item): Promise<Job | null> => {
  const place = jobPlaceOf(String(item['job_pk'] ?? item['pk']));
  const state = place === null ? null : await tables.get('threads', jobStateKey(place));
  return place === null || state === null ? null : jobOf(place, state);
};
