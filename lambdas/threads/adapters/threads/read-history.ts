import { PAGE_BYTES_MAX } from '../../domain/limits.ts';
import type { MessageStep } from '../../domain/thread.ts';
import type { ThreadPlace } from '../../domain/thread-ids.ts';
import type { HistoryQuery } from '../../ports/store.ts';
import { readAll, type Item, type Tables } from '../../../platform/tables/tables.ts';
import { stepOf } from './thread-items.ts';
import { stepRange, threadPk } from './thread-keys.ts';

const SEQ_MAX = 9_999_999_999;

/** Whole messages only: a page ends between two of them, at the limit or at 1 MB. */
export const history = async (
  tables: Tables,
  place: ThreadPlace,
  query: HistoryQuery,
): Promise<{ readonly steps: readonly MessageStep[]; readonly hasMore: boolean }> => {
  const isAscending = query.order === 'asc';
  let fromSeq = query.afterSeq === null ? 0 : query.afterSeq + 1;
  let toSeq = query.beforeSeq === null ? SEQ_MAX : query.beforeSeq - 1;
  const messages = new Map<number, MessageStep[]>();
  let bytes = 0;
  let rows = 0;
  while (fromSeq <= toSeq) {
    // One row each at first; when answers turn out to have steps, as many as those had. The rest shows where it ends.
    const rowsEach = messages.size === 0 ? 1 : rows / messages.size;
    const most = Math.max(1, ...[...messages.values()].map((steps) => steps.length));
    const wanted = Math.ceil((query.limit - messages.size) * rowsEach) + most + 1;
    const items = await readAll(tables, {
      table: 'threads',
      pk: threadPk(place),
      ...stepRange(fromSeq, toSeq),
      isAscending,
      limit: wanted,
    });
    const isEnd = items.length < wanted;
    const whole = isEnd ? items : withoutLastMessage(items);
    for (const item of whole) {
      const step = stepOf(item);
      const isNew = !messages.has(step.seq);
      if (isNew && (messages.size >= query.limit || bytes > PAGE_BYTES_MAX))
        return { steps: ordered(messages), hasMore: true };
      bytes += String(item['content']).length;
      messages.set(step.seq, [...(messages.get(step.seq) ?? []), step]);
      rows += 1;
    }
    if (isEnd) return { steps: ordered(messages), hasMore: false };
    const last = Number(whole.at(-1)?.['seq'] ?? items[0]?.['seq']);
    if (whole.length === 0) {
      if (messages.size >= query.limit) return { steps: ordered(messages), hasMore: true };
      // One message of very many steps: read it alone.
      const all = await readAll(tables, {
        table: 'threads',
        pk: threadPk(place),
        ...stepRange(last, last),
        isAscending,
        limit: 1_000,
      });
      messages.set(last, all.map(stepOf));
      rows += all.length;
    }
    if (isAscending) fromSeq = last + 1;
    else toSeq = last - 1;
  }
  return { steps: ordered(messages), hasMore: false };
};

/** The last message of a full page may continue after it. */
const withoutLastMessage = (items: readonly Item[]): readonly Item[] => {
  const last = items.at(-1)?.['seq'];
  return items.filter((item) => item['seq'] !== last);
};

const ordered = (messages: ReadonlyMap<number, readonly MessageStep[]>): readonly MessageStep[] =>
  [...messages.values()].flatMap((steps) =>
    steps.toSorted((left, right) => left.step - right.step),
  );
