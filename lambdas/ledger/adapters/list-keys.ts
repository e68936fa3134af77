import type * as z from 'zod';
import { readAll, type Item, type Tables } from '../../platform/tables/tables.ts';
import { AppError } from '../../shared/app-error.ts';
import { decodeCursor, encodeCursor } from '../../shared/cursor.ts';
import type { KeyProfile } from '../domain/key.ts';
import type { KeyQuery, KeyRecord } from '../ports.ts';
import { keyItem, keyStateOf } from './key-item.ts';
import { stateKey } from './ledger-expressions.ts';
import { profileItem, profileOf, projectKey, userKey } from './profile-row.ts';

/** Bounds the search for rare matches; the cursor continues where it stopped. */
const PAGES_MAX = 20;

type Row = z.infer<typeof profileItem>;

/** Newest first. Filters that are not keys of an index are applied page by page until `limit` keys match. */
export const listKeys = async (
  tables: Tables,
  query: KeyQuery,
): Promise<{ records: readonly KeyRecord[]; nextCursor: string | null }> => {
  const records: KeyRecord[] = [];
  let before = query.cursor === null ? null : (decodeCursor(query.cursor, 1)[0] ?? null);
  for (let page = 0; page < PAGES_MAX; page++) {
    const { items, hasMore } = await pageOf(tables, query, before);
    const rows = items.map((item) => profileItem.parse(item));
    const matching = await withStates(
      tables,
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

/** Bounds one answer. */
const PROFILES_MAX = 20_000;

export const everyProfile = async (
  tables: Tables,
  projectId: string,
): Promise<readonly KeyProfile[]> => {
  const items = await readAll(tables, {
    table: 'keys',
    index: 'by_project',
    pk: projectKey(projectId),
    from: null,
    to: null,
    isAscending: true,
    limit: PROFILES_MAX + 1,
  });
  if (items.length <= PROFILES_MAX) return items.map((item) => profileOf(profileItem.parse(item)));
  throw new AppError({
    code: 'answer_too_large',
    publicMessage: `This project has more than ${PROFILES_MAX} keys: export its usage instead.`,
  });
};

/** One page of a project's or a user's profiles, newest first. */
const pageOf = async (
  tables: Tables,
  { projectId, userId, limit }: KeyQuery,
  before: string | null,
): Promise<{ readonly items: readonly Item[]; readonly hasMore: boolean }> => {
  const items = await readAll(tables, {
    table: 'keys',
    ...(userId === undefined
      ? { index: 'by_project', pk: projectKey(projectId) }
      : { index: 'by_user', pk: userKey(projectId, userId) }),
    from: null,
    to: null,
    below: before ?? '~',
    isAscending: false,
    // One more than asked, because a page that is full says nothing about what follows.
    limit: limit + 1,
  });
  return { items: items.slice(0, limit), hasMore: items.length > limit };
};

const matches = (row: Row, query: KeyQuery): boolean =>
  (query.name === undefined || row.name.toLowerCase().includes(query.name.toLowerCase())) &&
  Object.entries(query.metadata).every(([name, value]) => row.metadata[name] === value);

const withStates = async (tables: Tables, rows: readonly Row[], query: KeyQuery) => {
  if (rows.length === 0) return [];
  const found = await tables.getMany(
    'keys',
    rows.map((row) => stateKey(row.key_id)),
  );
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
