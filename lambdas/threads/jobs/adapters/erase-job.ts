import { itemKeyOf, readAll, type ItemKey, type Tables } from '../../../platform/tables/tables.ts';
import { chunkKey } from '../../adapters/threads/thread-keys.ts';
import type { JobPlace } from '../domain/job.ts';
import { runOfJob } from '../domain/job-ids.ts';
import { jobDraftKey, jobPk, jobPointerKey, jobStateKey } from './job-keys.ts';

const PAGE_ITEMS = 100;

interface EraseDeps {
  readonly rows: Tables;
  readonly removeObjects: (jobId: string) => Promise<void>;
}

/** The state goes last, so that one that died is begun again by the sweep. */
export const eraseJob = async (
  { rows, removeObjects }: EraseDeps,
  place: JobPlace,
): Promise<void> => {
  await removeObjects(place.jobId);
  const state = jobStateKey(place);
  await removeAll(rows, 'chunks', chunkKey(runOfJob(place), 0).pk, null);
  await removeAll(rows, 'threads', jobPk(place), state.sk);
  await remove(rows, 'threads', jobPointerKey(place.projectId, place.jobId));
  await remove(rows, 'threads', state);
};

/**
 * Removes what is left of a job that never came. The mark comes first: from then on the job cannot come, and who died
 * behind it is followed by the next sweep.
 */
export const abandonJob = async (
  { rows, removeObjects }: EraseDeps,
  place: JobPlace,
  nowMs: number,
): Promise<void> => {
  const key = jobDraftKey(place);
  const marked = await rows.update({
    kind: 'update',
    table: 'threads',
    key,
    condition: 'sweep_at <= :now',
    update: 'SET lost_at = :now',
    values: { ':now': nowMs },
  });
  if (marked.kind !== 'written') return;
  await removeObjects(place.jobId);
  await remove(rows, 'threads', key);
};

const removeAll = async (
  rows: Tables,
  table: 'threads' | 'chunks',
  pk: string,
  keptSk: string | null,
): Promise<void> => {
  for (;;) {
    const items = await readAll(rows, {
      table,
      pk,
      from: null,
      to: null,
      isAscending: true,
      limit: PAGE_ITEMS,
    });
    const gone = items.map(itemKeyOf).filter(({ sk }) => sk !== keptSk);
    await Promise.all(gone.map(async (key) => await remove(rows, table, key)));
    if (items.length < PAGE_ITEMS) return;
  }
};

const remove = async (rows: Tables, table: 'threads' | 'chunks', key: ItemKey): Promise<void> => {
  await rows.write({ kind: 'delete', table, key });
};
