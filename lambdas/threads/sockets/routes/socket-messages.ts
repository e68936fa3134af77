import type { Context } from 'aws-lambda';
import { randomUUID } from 'node:crypto';
import type { KeyRegister } from '../../../ledger/ports.ts';
import type { SocketDoor } from '../../../platform/socket-entry.ts';
import { parseLogCursor } from '../../domain/log-cursor.ts';
import { errorFrame, pongFrame, unsubscribedFrame } from '../formats/socket-frames.ts';
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
import { postFrame, type SocketPorts } from '../usecases/post-frames.ts';
import type { ReplayDeps } from '../usecases/replay.ts';
import { subscribe, type SubscribeDeps } from '../usecases/subscribe.ts';
import { placeOf, placeOnly, threadOf, type Caller } from '../../routes/reach.ts';

export type SocketDeps = Omit<ReplayDeps, 'store' | keyof SocketPorts> & {
  readonly store: ThreadStore;
  readonly keys: KeyRegister;
  readonly sockets: SocketPorts;
};

/** What a message comes to: a frame for its sender, or null when it got what it asked for already. */
export type MessageHandler = (
  from: CheckedSocket & { readonly caller: Caller },
  text: string,
  context: Context,
) => Promise<string | null>;

/** Messages of sockets. Each proves the key again; what is wrong with one is reported to its sender, and harms nothing. */
export const socketMessages = (deps: SocketDeps, handle: MessageHandler): SocketDoor => {
  const ports = { ...deps, ...deps.sockets };
  return {
    answer: async ({ connectionId, text }, context) => {
      const checked = await checkSocket(ports, connectionId);
      if (checked === null) return { status: 200 };
      const { key } = checked;
      const caller = { key, endUserId: key.userId, isAdmin: key.scope === 'admin' };
      const frame = await handle({ ...checked, caller }, text, context);
      if (frame !== null) await postFrame(ports, connectionId, frame);
      return { status: 200 };
    },
    errorAnswer: async (error, { connectionId, text }) => {
      await postFrame(ports, connectionId, errorFrame(error, echoOf(text)));
      return { status: 200 };
    },
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
        await subscribe(
          { ...deps, ...deps.sockets },
          { socket, place, after: cursor, nonce: randomUUID() },
        );
        return null;
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
