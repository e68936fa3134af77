import { readAll, type ItemKey, type Tables } from '../../../platform/tables/tables.ts';
import { sweepShards } from './thread-items.ts';

/** Keys of what the sweep is due to look at, of every shard. */
export const sweepDue = async (
  tables: Tables,
  nowMs: number,
  limit: number,
): Promise<readonly ItemKey[]> => {
  const found = await Promise.all(
    sweepShards().map(
      async (pk) =>
        await readAll(tables, {
          table: 'threads',
          index: 'by_sweep',
          pk,
          from: null,
          to: nowMs,
          isAscending: true,
          limit,
        }),
    ),
  );
  return found.flat().map((item) => ({ pk: String(item['pk']), sk: String(item['sk']) }));
};
