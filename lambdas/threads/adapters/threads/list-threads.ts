import { decodeCursor, encodeCursor } from '../../../shared/cursor.ts';
import type { Thread } from '../../domain/thread.ts';
import { readAll, type Tables } from '../../../platform/tables/tables.ts';
import { threadOf } from './thread-items.ts';
import { activityKey } from './thread-keys.ts';

export interface ThreadListQuery {
  readonly projectId: string;
  readonly endUserId: string | null;
  readonly limit: number;
  readonly cursor: string | null;
}

/** Threads of one end user, the latest active first. */
export const listThreads = async (
  tables: Tables,
  query: ThreadListQuery,
): Promise<{ readonly threads: readonly Thread[]; readonly nextCursor: string | null }> => {
  const before = query.cursor === null ? null : (decodeCursor(query.cursor, 1)[0] ?? null);
  const items = await readAll(tables, {
    table: 'threads',
    index: 'by_activity',
    pk: activityKey(query),
    from: null,
    to: before,
    isAscending: false,
    limit: query.limit + 2,
  });
  // The cursor's own place is in the range.
  const rest = items.filter((item) => item['list_sk'] !== before).slice(0, query.limit + 1);
  const page = rest.slice(0, query.limit);
  const last = page.at(-1)?.['list_sk'];
  return {
    threads: page.map((item) => threadOf({ ...query, threadId: threadIdOf(item) }, item)),
    nextCursor: rest.length > page.length && typeof last === 'string' ? encodeCursor([last]) : null,
  };
};

const threadIdOf = (item: Readonly<Record<string, unknown>>): string =>
  String(item['pk']).split('#T#').at(-1) ?? '';
