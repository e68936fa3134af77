import type * as z from 'zod';
import { decodeCursor, encodeCursor } from '../../shared/cursor.ts';
import type { KeyQuery, KeyRecord } from '../ports.ts';
import { keyItem, keyStateOf } from './key-item.ts';
import type { KeysTable, ListPage } from './keys-table.ts';
import { stateKey } from './ledger-expressions.ts';
import { profileItem, profileOf, projectKey, userKey } from './profile-row.ts';

/** Bounds the search for rare matches; the cursor goes on where it stopped. */
const PAGES_MAX = 20;

type Row = z.infer<typeof profileItem>;

/** Newest first. Filters that are not keys of an index are applied page by page until `limit` keys match. */
export const listKeys = async (
  table: KeysTable,
  query: KeyQuery,
): Promise<{ records: readonly KeyRecord[]; nextCursor: string | null }> => {
  const records: KeyRecord[] = [];
  let before = query.cursor === null ? null : (decodeCursor(query.cursor, 1)[0] ?? null);
  for (let page = 0; page < PAGES_MAX; page++) {
    const { items, hasMore } = await table.list(pageOf(query, before));
    const rows = items.map((item) => profileItem.parse(item));
    const matching = await withStates(
      table,
      rows.filter((row) => matches(row, query)),
      query,
    );
    for (const [index, { record, place }] of matching.entries()) {
      records.push(record);
      const isLast = index === matching.length - 1 && !hasMore;
      if (records.length === query.limit)
        return { records, nextCursor: isLast ? null : encodeCursor([place]) };
    }
    if (!hasMore) return { records, nextCursor: null };
    before = rows.at(-1)?.list_sk ?? before;
  }
  return { records, nextCursor: before === null ? null : encodeCursor([before]) };
};

const pageOf = (query: KeyQuery, before: string | null): ListPage => ({
  ...(query.userId === undefined
    ? { index: 'by_project', partition: projectKey(query.projectId) }
    : { index: 'by_user', partition: userKey(query.projectId, query.userId) }),
  before,
  limit: query.limit,
});

const matches = (row: Row, query: KeyQuery): boolean =>
  (query.name === undefined || row.name.toLowerCase().includes(query.name.toLowerCase())) &&
  Object.entries(query.metadata).every(([name, value]) => row.metadata[name] === value);

const withStates = async (table: KeysTable, rows: readonly Row[], query: KeyQuery) => {
  if (rows.length === 0) return [];
  const found = await table.getMany(rows.map((row) => stateKey(row.key_id)));
  const states = new Map(
    found.map((stored) => {
      const item = keyItem.parse(stored);
      return [item.key_id, keyStateOf(item)] as const;
    }),
  );
  return rows.flatMap((row) => {
    const state = states.get(row.key_id);
    if (state === undefined || (query.status !== undefined && state.status !== query.status))
      return [];
    return [{ record: { state, profile: profileOf(row) }, place: row.list_sk }];
  });
};
