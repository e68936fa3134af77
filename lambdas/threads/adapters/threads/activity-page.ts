import { readAll, type Item, type Tables } from '../../../platform/tables/tables.ts';
import { decodeCursor, encodeCursor } from '../../../shared/cursor.ts';

/** A page of one list of the index, the latest first. */
export const activityPage = async (
  tables: Tables,
  pk: string,
  { limit, cursor }: { readonly limit: number; readonly cursor: string | null },
): Promise<{ readonly items: readonly Item[]; readonly nextCursor: string | null }> => {
  const before = cursor === null ? null : (decodeCursor(cursor, 1)[0] ?? null);
  const found = await readAll(tables, {
    table: 'threads',
    index: 'by_activity',
    pk,
    from: null,
    to: before,
    isAscending: false,
    limit: limit + 2,
  });
  // The cursor's own place is in the range.
  const rest = found.filter((item) => item['list_sk'] !== before).slice(0, limit + 1);
  const items = rest.slice(0, limit);
  const last = items.at(-1)?.['list_sk'];
  return {
    items,
    nextCursor:
      rest.length > items.length && typeof last === 'string' ? encodeCursor([last]) : null,
  };
};
