import { bodyHash } from '../../../domain/body-hash.ts';
import { REQUEST_TTL_MS, TURN_BYTES_MAX, TURN_MESSAGES_MAX } from '../../../domain/limits.ts';
import { stepOfMessage } from '../../../domain/step-of-message.ts';
import type { NewMessage, Thread } from '../../../domain/thread.ts';
import type { ThreadStore } from '../../../ports/store.ts';
import type { Timers } from '../../../../shared/deps.ts';
import { earlierMessages, type UiMessage } from '../formats/earlier-messages.ts';

export interface TakeEarlierDeps {
  readonly store: Pick<ThreadStore, 'append'>;
  readonly timers: Pick<Timers, 'nowMs'>;
}

export interface TakenEarlier {
  /** What goes into the turn's own transaction. */
  readonly rest: readonly NewMessage[];
  /** The thread's last seq before it. */
  readonly lastSeq: number;
}

/** The turn's own message takes one, and nearly all of its bytes are left to it. */
const MESSAGES_MAX = TURN_MESSAGES_MAX - 1;
const BYTES_MAX = TURN_BYTES_MAX / 2;

/**
 * What a page says before the first turn of a new thread becomes its history. The last of it goes into the turn's own
 * transaction, so that a refused turn writes none of it; only a history that is too large for one is written before.
 */
export const takeEarlier = async (
  deps: TakeEarlierDeps,
  thread: Thread,
  messages: readonly UiMessage[],
): Promise<TakenEarlier> => {
  const batches = batchesOf(earlierMessages(messages));
  const nowMs = deps.timers.nowMs();
  for (const [at, batch] of batches.slice(0, -1).entries()) {
    const record = {
      requestId: `earlier~${at}`,
      bodyHash: bodyHash('earlier', { batch }),
      expiresAtMs: nowMs + REQUEST_TTL_MS,
    };
    const steps = batch.map((message) => stepOfMessage(message, record.requestId, nowMs));
    await deps.store.append(thread, record, steps);
  }
  return { rest: batches.at(-1) ?? [], lastSeq: batches.slice(0, -1).flat().length };
};

const batchesOf = (messages: readonly NewMessage[]): readonly (readonly NewMessage[])[] => {
  const batches: NewMessage[][] = [];
  let bytes = 0;
  for (const message of messages) {
    const own = Buffer.byteLength(JSON.stringify(message));
    const last = batches.at(-1);
    if (last === undefined || last.length >= MESSAGES_MAX || bytes + own > BYTES_MAX) {
      batches.push([message]);
      bytes = own;
    } else {
      last.push(message);
      bytes += own;
    }
  }
  return batches;
};
