import * as z from 'zod';
import { queryNumber } from '../../../../http/query-number.ts';
import { AppError } from '../../../../shared/app-error.ts';
import { isSuperseded } from '../../../domain/select-context.ts';
import type { Thread } from '../../../domain/thread.ts';
import { historyItems, type HistoryItem } from '../formats/responses-history.ts';
import { parseItemId, type ItemPlace } from '../formats/responses-ids.ts';
import { readMessages } from '../../../usecases/read-messages.ts';
import type { ThreadRouteDeps } from '../../../routes/route-deps.ts';
import type { ItemListView } from '../formats/responses-views.ts';
import type { WireItem } from '../formats/responses-wire.ts';

export const itemsQuery = z.looseObject({
  limit: queryNumber(1, 100).default(20),
  order: z.enum(['asc', 'desc']).default('desc'),
  after: z.string().max(256).optional(),
});

export interface ItemsWanted extends z.infer<typeof itemsQuery> {
  /** Messages before this seq, as it was known there; null: all there are. */
  readonly beforeSeq: number | null;
}

/** A page of a thread's items in OpenAI's shape of a list. Each message costs one row to read, wherever it is stored. */
export const itemPage = async (
  deps: ThreadRouteDeps,
  thread: Thread,
  wanted: ItemsWanted,
): Promise<ItemListView> => {
  const items = await someItems(deps, thread, wanted);
  const page = items.slice(0, wanted.limit).map(({ wire }) => wire);
  return itemList(page, items.length > wanted.limit);
};

export const itemList = (items: readonly WireItem[], hasMore = false): ItemListView => ({
  object: 'list',
  data: items,
  first_id: items[0]?.id ?? '',
  last_id: items.at(-1)?.id ?? '',
  has_more: hasMore,
});

/** Not one that an edit or a regeneration stands in place of. */
export const isShown = (thread: Thread, seq: number): boolean =>
  !isSuperseded(thread.superseded, seq, Number.MAX_SAFE_INTEGER);

/** One more than the limit, if there are as many. */
const someItems = async (
  deps: ThreadRouteDeps,
  thread: Thread,
  { limit, order, after, beforeSeq }: ItemsWanted,
): Promise<readonly HistoryItem[]> => {
  const start = after === undefined ? null : startOf(thread, after);
  const isAscending = order === 'asc';
  let afterSeq = isAscending && start !== null ? start.seq - 1 : null;
  let endSeq = !isAscending && start !== null ? start.seq + 1 : beforeSeq;
  const found: HistoryItem[] = [];
  for (;;) {
    const query = { afterSeq, beforeSeq: endSeq, order, limit: limit + 1 };
    const { messages, hasMore } = await readMessages(deps, thread, query);
    for (const { seq, steps } of messages) {
      if (isAscending) afterSeq = seq;
      else endSeq = seq;
      if (isSuperseded(thread.superseded, seq, beforeSeq ?? Number.MAX_SAFE_INTEGER)) continue;
      const items = historyItems(thread.threadId, steps);
      const ordered = isAscending ? items : items.toReversed();
      found.push(...ordered.filter(({ place }) => isBehind(place, start, isAscending)));
      if (found.length > limit) return found;
    }
    if (!hasMore || messages.length === 0) return found;
  }
};

const startOf = (thread: Thread, id: string): ItemPlace => {
  const place = parseItemId(id);
  if (place !== null && place.threadId === thread.threadId) return place;
  throw new AppError({
    code: 'cursor_invalid',
    publicMessage: 'after: not an item of this list',
    facts: { param: 'after' },
  });
};

const isBehind = (place: ItemPlace, start: ItemPlace | null, isAscending: boolean): boolean => {
  if (start === null || place.seq !== start.seq) return true;
  const way = place.step === start.step ? place.block - start.block : place.step - start.step;
  return isAscending ? way > 0 : way < 0;
};

/** One item by its id; null: it is not there, or deleted. */
export const itemById = async (
  deps: ThreadRouteDeps,
  thread: Thread,
  id: string,
): Promise<HistoryItem | null> => {
  const place = parseItemId(id);
  if (place === null || place.threadId !== thread.threadId) return null;
  if (!isShown(thread, place.seq)) return null;
  const { messages } = await readMessages(deps, thread, {
    afterSeq: place.seq - 1,
    beforeSeq: place.seq + 1,
    order: 'asc',
    limit: 1,
  });
  const items = messages.flatMap(({ steps }) => historyItems(thread.threadId, steps));
  return items.find(({ wire }) => wire.id === id) ?? null;
};
