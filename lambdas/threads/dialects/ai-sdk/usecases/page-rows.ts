import { AppError } from '../../../../shared/app-error.ts';
import { PAGE_MESSAGES_MAX } from '../../../domain/limits.ts';
import { isSuperseded } from '../../../domain/select-context.ts';
import { parseMessageId } from '../../../domain/thread-ids.ts';
import type { MessageStep, Thread, TurnRecord } from '../../../domain/thread.ts';
import type { ThreadStore } from '../../../ports/store.ts';

export interface PageRowsDeps {
  readonly store: Pick<ThreadStore, 'history' | 'turnOf' | 'run'>;
}

/** A message of a page: its id is the row's own, or the one that the page gave it, which is its turn's request id. */
export interface PageMessage {
  readonly id: string;
  readonly role: 'system' | 'user' | 'assistant';
}

/** How many messages of a thread, the newest first, are searched for an id that the store does not find by itself. */
const SEARCHED_MAX = PAGE_MESSAGES_MAX;
/** How many of a page's last messages are asked for one by one. */
const ASKED_MAX = 4;

/** Between the id of a message and what its edit replaced. */
export const EDIT = '~';

export interface Row {
  readonly seq: number;
  readonly requestId: string | null;
}

/** The row that stands for a person's message now; null: the thread does not know it. */
export const rowOf = async (
  deps: PageRowsDeps,
  thread: Thread,
  id: string,
  maySearch: boolean,
): Promise<Row | null> => {
  if (id === '') return null;
  const own = parseMessageId(thread, id) ?? (await seqOfRequest(deps, thread, id));
  if (own !== null && !isGone(thread, own)) return await rowAt(deps, thread, own);
  if (own === null && !maySearch) return null;
  const found = await searched(deps, thread, id);
  if (found === null && own !== null) throw replaced();
  return found;
};

const rowAt = async (deps: PageRowsDeps, thread: Thread, seq: number): Promise<Row | null> => {
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
  deps: PageRowsDeps,
  thread: Thread,
  requestId: string,
): Promise<number | null> => {
  const record = await deps.store.turnOf(thread, requestId);
  return record === null ? null : seqOfRecord(record);
};

/** The message that a request posted: the run that answers it is the next. */
export const seqOfRecord = ({ seq, runSeq }: TurnRecord): number =>
  runSeq === null ? seq : runSeq - 1;

/** The newest row that the thread shows of a message. */
const searched = async (
  deps: PageRowsDeps,
  thread: Thread,
  id: string,
): Promise<MessageStep | null> =>
  (await newestRows(deps, thread)).find(({ requestId }) => isOf(id, requestId)) ?? null;

/** What the thread shows of what was said, not answered, the newest first. */
const newestRows = async (deps: PageRowsDeps, thread: Thread): Promise<readonly MessageStep[]> => {
  if (thread.lastSeq === 0) return [];
  const { steps } = await deps.store.history(thread, {
    beforeSeq: null,
    afterSeq: null,
    order: 'desc',
    limit: SEARCHED_MAX,
  });
  return steps.filter(({ seq, isAnswer }) => !isAnswer && !isGone(thread, seq));
};

const isOf = (id: string, requestId: string | null): boolean =>
  id !== '' && (requestId === id || requestId?.startsWith(`${id}${EDIT}`) === true);

/** Where the part of a page ends that the thread knows, with the answer to it. */
interface KnownEnd {
  readonly seq: number;
  /** The page's first message after it. */
  readonly newFrom: number;
}

/** The last message of a page that the thread knows, and the answer to it when that is a person's. null: none. */
export const lastKnown = async (
  deps: PageRowsDeps,
  thread: Thread,
  messages: readonly PageMessage[],
): Promise<KnownEnd | null> => {
  if (thread.lastSeq === 0) return null;
  const oldest = Math.max(0, messages.length - ASKED_MAX);
  for (let at = messages.length - 1; at >= oldest; at--) {
    const { id, role } = messages[at] ?? NOBODY;
    const own = parseMessageId(thread, id);
    if (role !== 'user' && own !== null && own <= thread.lastSeq)
      return { seq: shownSeq(thread, own), newFrom: at + 1 };
    const row = role === 'user' ? await rowOf(deps, thread, id, false) : null;
    if (row !== null) return await endOf(deps, thread, messages, { at, seq: row.seq });
  }
  return await newestKnown(deps, thread, messages);
};

/** The newest of what the thread has of a page: an id that a page says again and again stands for what was said first. */
const newestKnown = async (
  deps: PageRowsDeps,
  thread: Thread,
  messages: readonly PageMessage[],
): Promise<KnownEnd | null> => {
  const rows = messages.length === 0 ? [] : await newestRows(deps, thread);
  let newest: { readonly at: number; readonly seq: number } | null = null;
  for (const [at, { id }] of messages.entries()) {
    const own = parseMessageId(thread, id);
    const seq = own ?? rows.find(({ requestId }) => isOf(id, requestId))?.seq ?? 0;
    if (seq > 0 && seq <= thread.lastSeq && seq >= (newest?.seq ?? 0)) newest = { at, seq };
  }
  if (newest === null) return null;
  const { at } = newest;
  const seq = shownSeq(thread, newest.seq);
  return messages[at]?.role === 'user'
    ? await endOf(deps, thread, messages, { at, seq })
    : { seq, newFrom: at + 1 };
};

const NOBODY: PageMessage = { id: '', role: 'user' };

const shownSeq = (thread: Thread, seq: number): number => {
  if (isGone(thread, seq)) throw replaced();
  return seq;
};

/** The answer to a message belongs to it, whether its page has heard of it, under whatever id, or not. */
const endOf = async (
  deps: PageRowsDeps,
  thread: Thread,
  messages: readonly PageMessage[],
  { at, seq }: { readonly at: number; readonly seq: number },
): Promise<KnownEnd> => {
  const next = shownAfter(thread, seq);
  if (next === null || (await deps.store.run({ ...thread, seq: next })) === null)
    return { seq, newFrom: at + 1 };
  let newFrom = at + 1;
  while (messages[newFrom]?.role === 'assistant') newFrom++;
  return { seq: next, newFrom };
};

/** The first message after a seq that the thread shows. */
export const shownAfter = (thread: Thread, seq: number): number | null => {
  for (let next = seq + 1; next <= thread.lastSeq; next++) if (!isGone(thread, next)) return next;
  return null;
};

export const isGone = (thread: Thread, seq: number): boolean =>
  isSuperseded(thread.superseded, seq, thread.lastSeq);

export const replaced = (): AppError =>
  new AppError({
    code: 'conflict',
    publicMessage: 'messages: this page ends on what an edit has replaced; load the chat again.',
    facts: { param: 'messages' },
  });
