import { PAGE_BYTES_MAX } from '../../../domain/limits.ts';
import type { Thread } from '../../../domain/thread.ts';
import { historyQuery, isHidden } from '../../native/formats/message-format.ts';
import { rowsThatFit } from '../../formats/page-bytes.ts';
import { qlaudRow, seqOfQlaud } from '../formats/qlaud-rows.ts';
import { readMessages } from '../../../usecases/read-messages.ts';
import type { HistoryDeps } from '../../../ports/alias.ts';
import { checked } from '../../../../http/body.ts';

/** History as clients of the qlaud API page through it: by `after_seq`, a row a step. */
export const qlaudHistory = async (
  deps: HistoryDeps,
  thread: Thread,
  given: Readonly<Record<string, string>>,
): Promise<object> => {
  const query = checked(historyQuery, given);
  const after = query.after_seq ?? -1;
  const before = query.before_seq ?? Number.POSITIVE_INFINITY;
  const { messages, hasMore } = await readMessages(deps, thread, {
    limit: query.limit,
    order: query.order,
    // The message of a row may have rows on both sides of it.
    afterSeq: query.after_seq === undefined ? null : seqOfQlaud(after) - 1,
    beforeSeq: query.before_seq === undefined ? null : seqOfQlaud(before) + 1,
  });
  const rows = messages
    .filter(({ seq }) => !isHidden(thread.superseded, seq))
    .flatMap(({ steps }) => {
      const all = steps.map(qlaudRow);
      return query.order === 'asc' ? all : all.toReversed();
    })
    .filter(({ seq }) => seq > after && seq < before);
  const data = rows.slice(0, rowsThatFit(rows, PAGE_BYTES_MAX));
  const isCut = hasMore || data.length < rows.length;
  return {
    object: 'list',
    data,
    has_more: isCut,
    next_after_seq: isCut && query.order === 'asc' ? (data.at(-1)?.seq ?? null) : null,
    compaction: null,
  };
};
