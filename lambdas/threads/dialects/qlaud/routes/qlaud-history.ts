import { PAGE_BYTES_MAX } from '../../../domain/limits.ts';
import type { Thread } from '../../../domain/thread.ts';
import { historyQuery, isHidden } from '../../native/formats/message-format.ts';
import { rowsThatFit } from '../../formats/page-bytes.ts';
import { qlaudRow, seqOfQlaud } from '../formats/qlaud-rows.ts';
import { readMessages } from '../../../usecases/read-messages.ts';
import type { HistoryDeps } from '../../../ports/alias.ts';
import { checked } from '../../../../http/body.ts';

/** `compaction`: threads here are not summed up. */
export interface QlaudPage {
  readonly object: 'list';
  readonly data: readonly ReturnType<typeof qlaudRow>[];
  readonly has_more: boolean;
  readonly next_after_seq: number | null;
  readonly next_before_seq: number | null;
  readonly compaction: null;
}

/** History as clients of the qlaud API page through it: by `after_seq` or `before_seq`, a row a step. */
export const qlaudHistory = async (
  deps: HistoryDeps,
  thread: Thread,
  given: Readonly<Record<string, string>>,
): Promise<QlaudPage> => {
  const query = checked(historyQuery, given);
  const after = query.after_seq ?? -1;
  const before = query.before_seq ?? Number.POSITIVE_INFINITY;
  const { messages, hasMore } = await readMessages(deps, thread, {
    // The message of the row after which a page begins may have no more rows.
    limit: query.limit + (query.after_seq === undefined ? 0 : 1),
    order: query.order,
    afterSeq: query.after_seq === undefined ? null : seqOfQlaud(after) - 1,
    // Rows before the first one of a message are of those before it.
    beforeSeq: query.before_seq === undefined ? null : seqOfQlaud(before - 1) + 1,
  });
  const groups = messages
    .filter(({ seq }) => !isHidden(thread.superseded, seq))
    .map(({ steps }) => {
      const all = steps.map(qlaudRow).filter(({ seq }) => seq > after && seq < before);
      return query.order === 'asc' ? all : all.toReversed();
    })
    .filter((group) => group.length > 0);
  const rows = groups.slice(0, query.limit).flat();
  const data = rows.slice(0, rowsThatFit(rows, PAGE_BYTES_MAX));
  const isCut = hasMore || groups.length > query.limit || data.length < rows.length;
  const next = isCut ? (data.at(-1)?.seq ?? null) : null;
  return {
    object: 'list' as const,
    data,
    has_more: isCut,
    next_after_seq: query.order === 'asc' ? next : null,
    next_before_seq: query.order === 'desc' ? next : null,
    compaction: null,
  };
};
