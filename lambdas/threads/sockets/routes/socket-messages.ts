import type { Context } from 'aws-lambda';
import { randomUUID } from 'node:crypto';
import type { KeyDoor } from '../../../ledger/ports.ts';
import type { SocketDoor } from '../../../platform/socket-entry.ts';
import { invalidKey } from '../../../shared/credential.ts';
import { parseLogCursor } from '../../domain/log-cursor.ts';
import {
  errorFrame,
  pongFrame,
  replacedFrame,
  subscribedFrame,
  unsubscribedFrame,
} from '../formats/socket-frames.ts';
import {
  echoOf,
  messageOf,
  pingMessage,
  socketMessage,
  subscribeMessage,
  unknownType,
  unsubscribeMessage,
} from '../formats/socket-messages.ts';
import type { ThreadStore } from '../../ports/store.ts';
import { checkSocket, type CheckedSocket } from '../usecases/check-socket.ts';
import type { SocketPorts } from '../usecases/post-frames.ts';
import type { ReplayDeps } from '../usecases/replay.ts';
import { subscribe, type SubscribeDeps } from '../usecases/subscribe.ts';
import { placeOf, placeOnly, threadOf, type Caller } from '../../routes/reach.ts';

export type SocketDeps = Omit<ReplayDeps, 'store' | keyof SocketPorts> & {
  readonly store: ThreadStore;
  readonly keys: KeyDoor;
  readonly sockets: SocketPorts;
};

/** What a message comes to: a frame for its sender. */
export type MessageHandler = (
  from: CheckedSocket & { readonly caller: Caller },
  text: string,
  context: Context,
) => Promise<string>;

/**
 * Messages of sockets. Each proves the key again; what is wrong with one is reported to its sender, and harms nothing. The
 * answer is the function's own, so that no post stands between a message and its answer.
 */
export const socketMessages = (deps: SocketDeps, handle: MessageHandler): SocketDoor => {
  const ports = { ...deps, ...deps.sockets };
  return {
    answer: async ({ connectionId, text }, context) => {
      const checked = await checkSocket(ports, connectionId);
      if (checked === null) return { status: 200, text: errorFrame(invalidKey(), echoOf(text)) };
      const { key } = checked;
      const caller = { key, endUserId: key.userId, isAdmin: key.scope === 'admin' };
      return { status: 200, text: await handle({ ...checked, caller }, text, context) };
    },
    errorAnswer: async (error, { text }) => ({
      status: 200,
      text: errorFrame(error, echoOf(text)),
    }),
  };
};

/** Everything that a socket says but turns and their ends. */
export const watchHandler =
  (deps: SocketDeps & Pick<SubscribeDeps, 'starter'>): MessageHandler =>
  async ({ socket, caller }, text) => {
    const { type } = socketMessage(text);
    switch (type) {
      case 'ping':
        messageOf(pingMessage, text);
        return pongFrame();
      case 'subscribe': {
        const { thread_id: threadId, after } = messageOf(subscribeMessage, text);
        const cursor = after == null ? null : parseLogCursor(after);
        const place = placeOnly(await threadOf(deps, caller, threadId));
        const reached = await subscribe(
          { ...deps, ...deps.sockets },
          { socket, place, after: cursor, nonce: randomUUID() },
        );
        return reached === null ? replacedFrame(threadId) : subscribedFrame(threadId, reached);
      }
      case 'unsubscribe': {
        const { thread_id: threadId } = messageOf(unsubscribeMessage, text);
        await placeOf(deps, caller, threadId);
        await deps.sockets.connections.unsubscribe(socket.connectionId, threadId);
        return unsubscribedFrame(threadId);
      }
      default:
        throw unknownType(type);
    }
  };
