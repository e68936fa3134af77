import { itemKeyOf, readAll, type ItemKey, type Tables } from '../../../platform/tables/tables.ts';

/** Keys of what the sweep is due to look at, of each of these shards. */
export const sweepDue = async (
  tables: Tables,
  shards: readonly string[],
  nowMs: number,
  limit: number,
): Promise<readonly ItemKey[]> => {
  const found = await Promise.all(
    shards.map(
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
  return found.flat().map(itemKeyOf);
};
