import type { KeyState } from '../../../ledger/domain/key.ts';
import type { LogCursor } from '../../domain/log-cursor.ts';

/** A client's socket, and whose it is. Times are epoch ms. */
export interface SocketConnection {
  readonly connectionId: string;
  readonly keyId: string;
  /** SHA-256 of the secret that opened it: each frame proves the key again. */
  readonly secretHash: string;
  readonly projectId: string;
  /** The end user whose threads it reaches; an admin's reaches every one. */
  readonly endUserId: string | null;
  readonly isAdmin: boolean;
  /** The end of the key or of the socket, what comes first: nothing is posted after it. */
  readonly endsAtMs: number;
}

/** One socket's subscription to one thread. */
export interface Viewer {
  readonly connectionId: string;
  readonly threadId: string;
  /** Made by each `subscribe`, so that what an older one still does can be distinguished. */
  readonly subscription: string;
  /** Everything up to here was posted, or seen before: never ahead of what the client has. */
  readonly cursor: LogCursor;
  /** `replaying`: the subscribe posts; `live`: the producer of the thread's run does. */
  readonly state: 'replaying' | 'live';
  readonly endsAtMs: number;
}

/** A key's promise to open one socket, for browsers that must not hold the key. */
export interface SocketTicket {
  /** SHA-256 of the ticket; the ticket itself is nowhere. */
  readonly ticketHash: string;
  readonly keyId: string;
  readonly secretHash: string;
  readonly expiresAtMs: number;
}

/** May a socket stay open with what its key may do now? A key that reaches others or ends sooner opens a new one. */
export const mayStay = (socket: SocketConnection, key: KeyState, nowMs: number): boolean =>
  key.projectId === socket.projectId &&
  key.userId === socket.endUserId &&
  (key.scope === 'admin') === socket.isAdmin &&
  (key.expiresAtMs === null || key.expiresAtMs >= socket.endsAtMs) &&
  socket.endsAtMs > nowMs;
