import { bodyHash } from '../../../domain/body-hash.ts';
import { REQUEST_TTL_MS, TURN_MESSAGES_MAX } from '../../../domain/limits.ts';
import { packMessages } from '../../../domain/pack-messages.ts';
import { requestIdReused } from '../../../domain/request-id-reused.ts';
import { stepOfMessage } from '../../../domain/step-of-message.ts';
import type { NewMessage, RunSettings, Thread } from '../../../domain/thread.ts';
import { turnMessages } from '../../../domain/select-context.ts';
import { placeOnly, threadMissing } from '../../../routes/reach.ts';
import type { TurnRouteDeps } from '../../../routes/route-deps.ts';
import type { KeyCredential } from '../../../../shared/credential.ts';

/** The turn that a long input is for, and who pays for it. */
export interface LongTurn {
  readonly thread: Thread;
  readonly requestId: string;
  readonly credential: KeyCredential;
  readonly settings: RunSettings;
  readonly untilMs: number;
}

/**
 * Clients that store nothing send all of their history with each turn. What is more than one transaction holds is written
 * before the turn, into the thread that is the request's own, in no list and gone in an hour; the rest is the turn. A key
 * that cannot pay for the turn is refused before anything is written.
 */
export const writeEarlier = async (
  deps: TurnRouteDeps,
  { thread, requestId, ...turn }: LongTurn,
  messages: readonly NewMessage[],
): Promise<readonly NewMessage[]> => {
  const packed = packMessages(messages);
  if (packed !== null) return packed;
  const nowMs = deps.timers.nowMs();
  const rows = messages.map((message) => stepOfMessage(message, requestId, nowMs));
  const isNew = (await deps.store.turnOf(placeOnly(thread), requestId)) === null;
  if (isNew) await refusePoor(deps, turn, thread, rows);
  await deps.store.create(thread);
  const earlier = rows.slice(0, -TURN_MESSAGES_MAX);
  for (let start = 0; start < earlier.length; start += TURN_MESSAGES_MAX) {
    const page = earlier.slice(start, start + TURN_MESSAGES_MAX);
    const outcome = await deps.store.append(
      placeOnly(thread),
      {
        requestId: `earlier ${start}`,
        bodyHash: bodyHash('earlier', { page: messages.slice(start, start + page.length) }),
        expiresAtMs: nowMs + REQUEST_TTL_MS,
      },
      page,
    );
    if (outcome.kind === 'reused') throw requestIdReused('idempotency-key');
    if (outcome.kind === 'missing') throw threadMissing();
  }
  return messages.slice(-TURN_MESSAGES_MAX);
};

/** Holds the price of the whole turn and takes it back: the turn itself holds it again. Throws AppError (402, 429). */
const refusePoor = async (
  deps: TurnRouteDeps,
  { credential, settings, untilMs }: Omit<LongTurn, 'thread' | 'requestId'>,
  { threadId }: Thread,
  rows: Parameters<typeof turnMessages>[0],
): Promise<void> => {
  const { model, system, maxTokens, temperature, controls, clientTools: tools, feature } = settings;
  const messages = turnMessages(rows);
  const request = { model, system, messages, tools, maxTokens, temperature, controls };
  const input = { credential, call: null, feature, threadId, deadlineMs: untilMs };
  const { hold } = await deps.model.hold({ ...input, request, isOnlyPriced: true });
  await deps.model.withdraw(hold);
};
