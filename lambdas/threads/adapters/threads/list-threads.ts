import type { Thread } from '../../domain/thread.ts';
import type { Tables } from '../../../platform/tables/tables.ts';
import { activityPage } from './activity-page.ts';
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
  const { items, nextCursor } = await activityPage(tables, activityKey(query), query);
  return {
    threads: items.map((item) => threadOf({ ...query, threadId: threadIdOf(item) }, item)),
    nextCursor,
  };
};

const threadIdOf = (item: Readonly<Record<string, unknown>>): string =>
  String(item['pk']).split('#T#').at(-1) ?? '';
