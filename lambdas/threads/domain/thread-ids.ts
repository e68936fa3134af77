import { createHash, randomBytes } from 'node:crypto';
import { crockford } from '../../shared/crockford.ts';

const BODY = '[0-9a-z]{20}';

/** Where a thread lives: the partition is built from the caller's own key, so a foreign thread cannot be named. */
export interface ThreadPlace {
  readonly projectId: string;
  /** null: a thread of nobody in particular. */
  readonly endUserId: string | null;
  readonly threadId: string;
}

/** One turn of one thread. */
export interface RunPlace extends ThreadPlace {
  readonly seq: number;
}

/** `thread_` and 100 random bits as 20 characters of Crockford base32. */
export const newThreadId = (): string => `thread_${crockford(randomBytes(20))}`;

/** The thread of a name that a client chose: the same for the same end user, and nobody else's. */
export const threadIdOfName = (
  { projectId, endUserId }: Omit<ThreadPlace, 'threadId'>,
  name: string,
): string => {
  if (isThreadId(name)) return name;
  const hash = createHash('sha256')
    .update(JSON.stringify([projectId, endUserId, name]))
    .digest();
  return `thread_${crockford(hash.subarray(0, 20))}`;
};

export const isThreadId = (text: string): boolean => new RegExp(`^thread_${BODY}$`).test(text);

/** A run's id is its thread's id and its seq, so it is found without an index. */
export const runIdOf = (threadId: string, seq: number): string => `run_${bodyOf(threadId)}_${seq}`;

export const messageIdOf = (threadId: string, seq: number): string =>
  `msg_${bodyOf(threadId)}_${seq}`;

/** null: not an id that was given here. */
export const parseRunId = (
  text: string,
): { readonly threadId: string; readonly seq: number } | null => {
  const [, body, seq] = new RegExp(`^run_(${BODY})_([1-9]\\d{0,9})$`).exec(text) ?? [];
  return body === undefined ? null : { threadId: `thread_${body}`, seq: Number(seq) };
};

/** The seq that an id of a message of this thread names; null: another id. */
export const parseMessageId = ({ threadId }: ThreadPlace, id: string): number | null => {
  const [, seq] = new RegExp(`^msg_${bodyOf(threadId)}_([1-9]\\d{0,9})$`).exec(id) ?? [];
  return seq === undefined ? null : Number(seq);
};

const bodyOf = (threadId: string): string => threadId.slice('thread_'.length);
