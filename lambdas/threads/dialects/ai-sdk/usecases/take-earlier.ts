import { bodyHash } from '../../../domain/body-hash.ts';
import { REQUEST_TTL_MS, TURN_BYTES_MAX, TURN_MESSAGES_MAX } from '../../../domain/limits.ts';
import { stepOfMessage } from '../../../domain/step-of-message.ts';
import type { NewMessage, Thread } from '../../../domain/thread.ts';
import type { ThreadStore } from '../../../ports/store.ts';
import type { Timers } from '../../../../shared/deps.ts';
import type { UiMessage } from '../formats/ai-chat-body.ts';
import { earlierMessages } from '../formats/earlier-messages.ts';

export interface TakeEarlierDeps {
  readonly store: Pick<ThreadStore, 'append'>;
  readonly timers: Pick<Timers, 'nowMs'>;
}

export interface TakenEarlier {
  /** What goes into the turn's own transaction. */
  readonly rest: readonly NewMessage[];
  /** How many were written before it. */
  readonly writtenCount: number;
}

export interface EarlierInput {
  readonly messages: readonly UiMessage[];
  /** The turn stands in place of what the thread has. */
  readonly isReplacing: boolean;
}

/** The turn's own message takes one, and nearly all of its bytes are left to it. */
const MESSAGES_MAX = TURN_MESSAGES_MAX - 1;
const BYTES_MAX = TURN_BYTES_MAX / 2;

/**
 * What a page says before its turn and the thread does not know becomes its history. The last of it goes into the turn's
 * own transaction, so that a refused turn writes none of it; only what is too much for one is written before, a page's
 * message never in two parts: sent again, the page's ids show what is there.
 */
export const takeEarlier = async (
  deps: TakeEarlierDeps,
  thread: Thread,
  { messages, isReplacing }: EarlierInput,
): Promise<TakenEarlier> => {
  const batches = batchesOf(messages.map(earlierMessages));
  // What stands in place of others is in one transaction with it.
  const before = isReplacing ? [] : batches.slice(0, -1);
  const nowMs = deps.timers.nowMs();
  for (const batch of before) {
    const hash = bodyHash('earlier', { batch, after: thread.lastSeq });
    const record = {
      requestId: `earlier~${hash}`,
      bodyHash: hash,
      expiresAtMs: nowMs + REQUEST_TTL_MS,
    };
    const steps = batch.map((message) => stepOfMessage(message, record.requestId, nowMs));
    await deps.store.append(thread, record, steps);
  }
  return { rest: batches.at(-1) ?? [], writtenCount: before.flat().length };
};

const batchesOf = (
  groups: readonly (readonly NewMessage[])[],
): readonly (readonly NewMessage[])[] => {
  const batches: NewMessage[][] = [];
  let bytes = 0;
  for (const group of groups.flatMap(parts)) {
    const own = Buffer.byteLength(JSON.stringify(group));
    const last = batches.at(-1);
    if (
      last === undefined ||
      last.length + group.length > MESSAGES_MAX ||
      bytes + own > BYTES_MAX
    ) {
      batches.push([...group]);
      bytes = own;
    } else {
      last.push(...group);
      bytes += own;
    }
  }
  return batches;
};

/** An answer of more steps than a transaction holds is written in several all the same. */
const parts = (group: readonly NewMessage[]): readonly (readonly NewMessage[])[] => {
  const isWhole =
    group.length <= MESSAGES_MAX && Buffer.byteLength(JSON.stringify(group)) <= BYTES_MAX;
  return isWhole ? [group] : group.map((message) => [message]);
};
