import { AppError } from '../../../../shared/app-error.ts';
import { isHashOf, type BodyHashes } from '../../../domain/body-hash.ts';
import { PAGE_MESSAGES_MAX } from '../../../domain/limits.ts';
import { isSuperseded } from '../../../domain/select-context.ts';
import { parseMessageId } from '../../../domain/thread-ids.ts';
import type { MessageStep, Thread, TurnRecord } from '../../../domain/thread.ts';
import type { ThreadStore } from '../../../ports/store.ts';

export interface PlaceTurnDeps {
  readonly store: Pick<ThreadStore, 'history' | 'turnOf' | 'run'>;
}

/** A message of a page: its id is the row's own, or the one that the page gave it, which is its turn's request id. */
export interface PageMessage {
  readonly id: string;
  readonly role: 'system' | 'user' | 'assistant';
}

export interface PageTurn extends BodyHashes {
  /** The page's messages up to the one that the turn is about; that one is the last. */
  readonly messages: readonly PageMessage[];
  /** The message that the page names beside its list: the one that it edits, or wants another answer for. */
  readonly named: string | null;
  readonly requestId: string | null;
}

/** Where a turn of a page goes. */
export interface TurnPlace {
  readonly requestId: string;
  /** It stands in place of this message and all that follow; null: behind everything. */
  readonly supersedesFrom: number | null;
}

/** How many messages of a thread, the newest first, are searched for an id that the store does not find by itself. */
const SEARCHED_MAX = PAGE_MESSAGES_MAX;
/** How many of a page's last messages are asked for one by one. */
const ASKED_MAX = 4;

/**
 * A person's message by the ids of its page, never by what is the latest: one that the thread knows is edited where it
 * stands; a new one follows the message that the page has before it. What else follows that is superseded only from the
 * message that the page names. A page whose messages the thread does not know is gone on behind everything. Throws
 * AppError `conflict` when the page ends on what another edit replaced, `thread_moved` when it ends before the thread does.
 */
export const placeOfMessage = async (
  deps: PlaceTurnDeps,
  thread: Thread,
  turn: PageTurn,
): Promise<TurnPlace> => {
  const id = turn.messages.at(-1)?.id ?? '';
  const requestId = turn.requestId ?? id;
  const record = await deps.store.turnOf(thread, requestId);
  const isSent =
    record !== null && isHashOf(record.bodyHash, turn) && !isGone(thread, seqOfRecord(record));
  // The store tells whether a request id that the client chose is the same turn.
  if (record !== null && (isSent || turn.requestId !== null))
    return { requestId, supersedesFrom: null };
  const mayBeKnown = record !== null || turn.requestId !== null || turn.named === id;
  const row =
    mayBeKnown || parseMessageId(thread, id) !== null
      ? await rowOf(deps, thread, id, record !== null || turn.named === id)
      : null;
  if (row !== null) return await placeOfEdit(deps, thread, turn, row);
  const seq = await lastOf(deps, thread, turn.messages.slice(0, -1));
  if (seq === null || shownAfter(thread, seq) === null) return { requestId, supersedesFrom: null };
  // Another tab may have said it, and this page never have shown it: only a page that names it may replace it.
  const replaces = turn.named === null ? null : await rowOf(deps, thread, turn.named, true);
  if (replaces === null || replaces.seq <= seq) throw movedOn();
  return { requestId, supersedesFrom: replaces.seq };
};

/**
 * Another answer to the message that the page ends on, or in place of the answer that it names. null: the thread knows
 * neither.
 */
export const placeOfRegeneration = async (
  deps: PlaceTurnDeps,
  thread: Thread,
  turn: PageTurn,
): Promise<TurnPlace | null> => {
  const named = turn.named === null ? null : parseMessageId(thread, turn.named);
  const answer = named === null ? null : await deps.store.run({ ...thread, seq: named });
  const requestId = turn.requestId ?? (answer === null ? null : `regenerate~${named}`);
  if (requestId !== null && (await deps.store.turnOf(thread, requestId)) !== null)
    return { requestId, supersedesFrom: null };
  if (named !== null && answer !== null) {
    if (isGone(thread, named)) throw replaced();
    return { requestId: requestId ?? '', supersedesFrom: named };
  }
  const said = turn.messages.at(-1);
  const row = said?.role === 'user' ? await rowOf(deps, thread, said.id, true) : null;
  if (row === null) return null;
  const supersedesFrom = shownAfter(thread, row.seq);
  return {
    requestId: requestId ?? `regenerate~${supersedesFrom ?? `after~${row.seq}`}`,
    supersedesFrom,
  };
};

/** The same edit sent again is the turn that it made; another one stands in place of what stands there now. */
const placeOfEdit = async (
  deps: PlaceTurnDeps,
  thread: Thread,
  turn: PageTurn,
  row: Row,
): Promise<TurnPlace> => {
  const last = row.requestId === null ? null : await deps.store.turnOf(thread, row.requestId);
  if (last !== null && isHashOf(last.bodyHash, turn) && row.requestId !== null)
    return { requestId: row.requestId, supersedesFrom: null };
  const requestId = turn.requestId ?? `${turn.messages.at(-1)?.id ?? ''}${EDIT}${row.seq}`;
  return { requestId, supersedesFrom: row.seq };
};

/** Between the id of a message and what its edit replaced. */
const EDIT = '~';

interface Row {
  readonly seq: number;
  readonly requestId: string | null;
}

/** The row that stands for a person's message now; null: the thread does not know it. */
const rowOf = async (
  deps: PlaceTurnDeps,
  thread: Thread,
  id: string,
  maySearch: boolean,
): Promise<Row | null> => {
  const own = parseMessageId(thread, id) ?? (await seqOfRequest(deps, thread, id));
  if (own !== null && !isGone(thread, own)) return await rowAt(deps, thread, own);
  if (own === null && !maySearch) return null;
  const found = await searched(deps, thread, [id]);
  if (found === null && own !== null) throw replaced();
  return found;
};

const rowAt = async (deps: PlaceTurnDeps, thread: Thread, seq: number): Promise<Row | null> => {
  const { steps } = await deps.store.history(thread, {
    afterSeq: seq - 1,
    beforeSeq: seq + 1,
    order: 'asc',
    limit: 1,
  });
  const [step] = steps;
  return step === undefined || step.role !== 'user' ? null : step;
};

const seqOfRequest = async (
  deps: PlaceTurnDeps,
  thread: Thread,
  requestId: string,
): Promise<number | null> => {
  const record = await deps.store.turnOf(thread, requestId);
  return record === null ? null : seqOfRecord(record);
};

/** The message that a request posted: the run that answers it is the next. */
const seqOfRecord = ({ seq, runSeq }: TurnRecord): number => (runSeq === null ? seq : runSeq - 1);

/** The newest row that the thread shows of any of these messages. */
const searched = async (
  deps: PlaceTurnDeps,
  thread: Thread,
  ids: readonly string[],
): Promise<MessageStep | null> => {
  if (thread.lastSeq === 0) return null;
  const { steps } = await deps.store.history(thread, {
    beforeSeq: null,
    afterSeq: null,
    order: 'desc',
    limit: SEARCHED_MAX,
  });
  const found = steps.find(
    ({ seq, isAnswer, requestId }) =>
      !isAnswer && !isGone(thread, seq) && ids.some((id) => isOf(id, requestId)),
  );
  return found ?? null;
};

const isOf = (id: string, requestId: string | null): boolean =>
  requestId === id || requestId?.startsWith(`${id}${EDIT}`) === true;

/**
 * The seq that a page ends on: its last message that the thread knows, and the answer to it when that is a person's.
 * null: nothing of it is known, or a person said something since that is not.
 */
const lastOf = async (
  deps: PlaceTurnDeps,
  thread: Thread,
  messages: readonly PageMessage[],
): Promise<number | null> => {
  if (thread.lastSeq === 0 || messages.length === 0) return null;
  for (const { id, role } of messages.toReversed().slice(0, ASKED_MAX)) {
    const own = parseMessageId(thread, id);
    if (role !== 'user' && own === null) continue;
    if (role !== 'user' && own !== null) return endOf(thread, own);
    const row = await rowOf(deps, thread, id, false);
    if (row === null) break;
    return await answerOf(deps, thread, row.seq);
  }
  const said = messages.findLast(({ role }) => role === 'user');
  const row = await searched(
    deps,
    thread,
    messages.slice(said === undefined ? 0 : messages.indexOf(said)).map(({ id }) => id),
  );
  if (row === null) return null;
  return row.role === 'user' ? await answerOf(deps, thread, row.seq) : row.seq;
};

const endOf = (thread: Thread, seq: number): number | null => {
  if (seq > thread.lastSeq) return null;
  if (isGone(thread, seq)) throw replaced();
  return seq;
};

/** The answer to a message belongs to it, whether its page has heard of it or not. */
const answerOf = async (deps: PlaceTurnDeps, thread: Thread, seq: number): Promise<number> => {
  const next = shownAfter(thread, seq);
  return next !== null && (await deps.store.run({ ...thread, seq: next })) !== null ? next : seq;
};

/** The first message behind a seq that the thread shows. */
const shownAfter = (thread: Thread, seq: number): number | null => {
  for (let next = seq + 1; next <= thread.lastSeq; next++) if (!isGone(thread, next)) return next;
  return null;
};

const isGone = (thread: Thread, seq: number): boolean =>
  isSuperseded(thread.superseded, seq, thread.lastSeq);

const movedOn = (): AppError =>
  new AppError({
    code: 'thread_moved',
    publicMessage:
      'messages: somebody went on from where this page ends; load the chat again, or name the message to replace as messageId.',
    facts: { param: 'messages' },
  });

const replaced = (): AppError =>
  new AppError({
    code: 'conflict',
    publicMessage: 'messages: this page ends on what an edit has replaced; load the chat again.',
    facts: { param: 'messages' },
  });
