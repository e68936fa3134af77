import { readAll, type Tables } from '../../../platform/tables/tables.ts';
import type { CallResult, JobPlace } from '../domain/job.ts';
import { RESULTS_PAGE_BYTES_MAX } from '../domain/limits.ts';
import type { ResultPage } from '../ports/job-store.ts';
import { resultOf } from './job-items.ts';
import { INDEX_MAX, jobPk, jobResultKey } from './job-keys.ts';

/** Results that are read at once, each perhaps from an object of its own. */
const RESULTS_AT_ONCE = 5;

/** A page of results: as many as are asked for, or as its bytes allow. */
export const readResults = async (
  tables: Tables,
  place: JobPlace,
  fromIndex: number,
  limit: number,
): Promise<ResultPage> => {
  const found: CallResult[] = [];
  let bytes = 0;
  let from = fromIndex;
  while (found.length < limit && bytes < RESULTS_PAGE_BYTES_MAX) {
    const asked = Math.min(RESULTS_AT_ONCE, limit - found.length);
    const items = await readAll(tables, {
      table: 'threads',
      pk: jobPk(place),
      from: jobResultKey(place, from).sk,
      to: jobResultKey(place, INDEX_MAX).sk,
      isAscending: true,
      limit: asked,
    });
    const results = items.map(resultOf);
    found.push(...results);
    bytes += results.reduce((sum, { content }) => sum + content.length, 0);
    const last = results.at(-1);
    if (last === undefined || results.length < asked) return { results: found, isCut: false };
    from = last.index + 1;
  }
  return { results: found, isCut: found.length < limit };
};
