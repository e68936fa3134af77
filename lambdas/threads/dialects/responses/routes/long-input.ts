import { bodyHash } from '../../../domain/body-hash.ts';
import { REQUEST_TTL_MS, TURN_MESSAGES_MAX } from '../../../domain/limits.ts';
import { packMessages } from '../../../domain/pack-messages.ts';
import { requestIdReused } from '../../../domain/request-id-reused.ts';
import { stepOfMessage } from '../../../domain/step-of-message.ts';
import type { NewMessage, Thread } from '../../../domain/thread.ts';
import { placeOnly, threadMissing } from '../../../routes/reach.ts';
import type { ThreadRouteDeps } from '../../../routes/route-deps.ts';

/**
 * Clients that store nothing send all of their history with each turn. What is more than one transaction takes is written
 * before the turn, into the thread that is the request's own, in no list and gone in an hour; the rest is the turn.
 */
export const writeEarlier = async (
  deps: ThreadRouteDeps,
  thread: Thread,
  requestId: string,
  messages: readonly NewMessage[],
): Promise<readonly NewMessage[]> => {
  const packed = packMessages(messages);
  if (packed !== null) return packed;
  await deps.store.create(thread);
  const turn = messages.slice(-TURN_MESSAGES_MAX);
  const nowMs = deps.timers.nowMs();
  for (let start = 0; start < messages.length - turn.length; start += TURN_MESSAGES_MAX) {
    const end = Math.min(start + TURN_MESSAGES_MAX, messages.length - turn.length);
    const page = messages.slice(start, end);
    const outcome = await deps.store.append(
      placeOnly(thread),
      {
        requestId: `earlier ${start}`,
        bodyHash: bodyHash('earlier', { page }),
        expiresAtMs: nowMs + REQUEST_TTL_MS,
      },
      page.map((message) => stepOfMessage(message, requestId, nowMs)),
    );
    if (outcome.kind === 'reused') throw requestIdReused('idempotency-key');
    if (outcome.kind === 'missing') throw threadMissing();
  }
  return turn;
};
