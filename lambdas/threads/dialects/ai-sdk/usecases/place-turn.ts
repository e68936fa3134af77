import { AppError } from '../../../../shared/app-error.ts';
import { isHashOf, type BodyHashes } from '../../../domain/body-hash.ts';
import { parseMessageId } from '../../../domain/thread-ids.ts';
import type { Thread } from '../../../domain/thread.ts';
import {
  EDIT,
  isGone,
  lastKnown,
  replaced,
  rowOf,
  seqOfRecord,
  shownAfter,
  type PageMessage,
  type PageRowsDeps,
  type Row,
} from './page-rows.ts';

export interface PageTurn extends BodyHashes {
  /** The page's messages up to the one that the turn is about; that one is the last. */
  readonly messages: readonly PageMessage[];
  /** The message that the page names beside its list: the one that it edits, or wants another answer for. */
  readonly named: string | null;
  /** The list is all that the page shows, and replaces what the thread has after the place where it ends. */
  readonly replacesRest: ReplacesRest;
  readonly requestId: string | null;
}

/** `behind_known`: where the thread knows a message of the list; `all`: of a list that it does not know, too. */
export type ReplacesRest = 'no' | 'behind_known' | 'all';

/** Where a turn of a page goes. */
export interface TurnPlace {
  readonly requestId: string;
  /** It stands in place of this message and all that follow; null: after everything. */
  readonly supersedesFrom: number | null;
  /** The thread's last seq that the place was chosen at; null: wherever the thread is. */
  readonly afterSeq: number | null;
  /** From here on the page's messages are new to the thread, up to the last one, which is the turn's own. */
  readonly newFrom: number;
}

/**
 * A person's message by the ids of its page, never by what is the latest: one that the thread knows is edited where it
 * stands; a new one follows the last message before it that the thread knows, and what the page has in between is new too.
 * What else follows that is superseded only from the message that the page names. A page whose messages the thread does
 * not know continues after everything. Throws AppError `conflict` when the page ends on what another edit replaced,
 * `thread_moved` when it ends before the thread does.
 */
export const placeOfMessage = async (
  deps: PageRowsDeps,
  thread: Thread,
  turn: PageTurn,
): Promise<TurnPlace> => {
  const id = turn.messages.at(-1)?.id ?? '';
  const requestId = turn.requestId ?? id;
  const nothingNew = { afterSeq: null, newFrom: turn.messages.length - 1 };
  const record = await deps.store.turnOf(thread, requestId);
  const isSent =
    record !== null && isHashOf(record.bodyHash, turn) && !isGone(thread, seqOfRecord(record));
  // The store knows whether a request id that the client chose is the same turn.
  if (record !== null && (isSent || turn.requestId !== null))
    return { requestId, supersedesFrom: null, ...nothingNew };
  const mayBeKnown = record !== null || turn.requestId !== null || turn.named === id;
  const row =
    mayBeKnown || parseMessageId(thread, id) !== null
      ? await rowOf(deps, thread, id, record !== null || turn.named === id)
      : null;
  if (row !== null) return await placeOfEdit(deps, thread, turn, row);
  return { requestId, ...(await placeOfNew(deps, thread, turn)) };
};

/** The place of a message that the thread does not know. */
const placeOfNew = async (
  deps: PageRowsDeps,
  thread: Thread,
  turn: PageTurn,
): Promise<Omit<TurnPlace, 'requestId'>> => {
  const afterSeq = thread.lastSeq;
  const known = await lastKnown(deps, thread, turn.messages.slice(0, -1));
  if (known === null) {
    const isAll = afterSeq === 0 || turn.replacesRest === 'all';
    if (isAll) return { supersedesFrom: shownAfter(thread, 0), afterSeq, newFrom: 0 };
    return { supersedesFrom: null, afterSeq: null, newFrom: turn.messages.length - 1 };
  }
  const { seq, newFrom } = known;
  const next = shownAfter(thread, seq);
  if (next === null) return { supersedesFrom: null, afterSeq, newFrom };
  // Another tab may have said it, and this page never have shown it: only a page that says so may replace it.
  if (turn.replacesRest !== 'no') return { supersedesFrom: next, afterSeq, newFrom };
  const replaces = turn.named === null ? null : await rowOf(deps, thread, turn.named, true);
  if (replaces === null || replaces.seq <= seq) throw movedOn();
  return { supersedesFrom: replaces.seq, afterSeq, newFrom };
};

/**
 * Another answer to the message that the page ends on, or in place of the answer that it names. null: the thread knows
 * neither.
 */
export const placeOfRegeneration = async (
  deps: PageRowsDeps,
  thread: Thread,
  turn: PageTurn,
): Promise<TurnPlace | null> => {
  const nothingNew = { afterSeq: null, newFrom: turn.messages.length };
  const place = { afterSeq: thread.lastSeq, newFrom: turn.messages.length };
  const named = turn.named === null ? null : parseMessageId(thread, turn.named);
  const answer = named === null ? null : await deps.store.run({ ...thread, seq: named });
  const requestId = turn.requestId ?? (answer === null ? null : `regenerate~${named}`);
  if (requestId !== null && (await deps.store.turnOf(thread, requestId)) !== null)
    return { requestId, supersedesFrom: null, ...nothingNew };
  if (named !== null && answer !== null) {
    if (isGone(thread, named)) throw replaced();
    return { requestId: requestId ?? '', supersedesFrom: named, ...place };
  }
  const said = turn.messages.at(-1);
  const row = said?.role === 'user' ? await rowOf(deps, thread, said.id, true) : null;
  if (row === null) return null;
  const supersedesFrom = shownAfter(thread, row.seq);
  return {
    requestId: requestId ?? `regenerate~${supersedesFrom ?? `after~${row.seq}`}`,
    supersedesFrom,
    ...place,
  };
};

/** The same edit sent again is the turn that it made; another one stands in place of what stands there now. */
const placeOfEdit = async (
  deps: PageRowsDeps,
  thread: Thread,
  turn: PageTurn,
  row: Row,
): Promise<TurnPlace> => {
  const newFrom = turn.messages.length - 1;
  const last = row.requestId === null ? null : await deps.store.turnOf(thread, row.requestId);
  if (last !== null && isHashOf(last.bodyHash, turn) && row.requestId !== null)
    return { requestId: row.requestId, supersedesFrom: null, afterSeq: null, newFrom };
  const requestId = turn.requestId ?? `${turn.messages.at(-1)?.id ?? ''}${EDIT}${row.seq}`;
  return { requestId, supersedesFrom: row.seq, afterSeq: thread.lastSeq, newFrom };
};

export const movedOn = (): AppError =>
  new AppError({
    code: 'thread_moved',
    publicMessage:
      'messages: somebody continued from where this page ends; load the chat again, name the message to replace as messageId, or say replace_rest.',
    facts: { param: 'messages' },
  });
