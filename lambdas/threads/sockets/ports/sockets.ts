import type { LogCursor } from '../../domain/log-cursor.ts';
import type { SocketConnection, SocketTicket, Viewer } from '../domain/socket.ts';
import type { ThreadPlace } from '../../domain/thread-ids.ts';

/** What a thread does at the moment that a subscription goes live; should it have moved on, the write is refused. */
export type ThreadActivity =
  | { readonly kind: 'idle'; readonly lastRun: number }
  /** A producer works on the run, or will. */
  | { readonly kind: 'running'; readonly seq: number }
  /** The run waits for somebody: nobody works on it. */
  | { readonly kind: 'waiting'; readonly seq: number };

/** Open sockets and what they watch. Reads are strong. Throws AppError `storage_unavailable` when nothing was written. */
export interface Connections {
  open(connection: SocketConnection): Promise<void>;
  get(connectionId: string): Promise<SocketConnection | null>;
  /** Removes the socket and all its subscriptions; safe to repeat. */
  remove(connectionId: string): Promise<void>;
  ofKey(keyId: string): Promise<readonly string[]>;
  /** Replaces an earlier subscription to the same thread. `full`: the socket watches as many threads as it may. */
  subscribe(viewer: Viewer): Promise<'subscribed' | 'closed' | 'full'>;
  /** false: it was not subscribed. */
  unsubscribe(connectionId: string, threadId: string): Promise<boolean>;
  /** Every subscription to a thread, by connection. */
  viewers(threadId: string): Promise<readonly Viewer[]>;
  /**
   * ONE transaction: the subscription is live from this cursor on, and the thread is still as it was seen. So whoever
   * ends the run that was seen reads the subscription after it.
   */
  goLive(
    viewer: Viewer,
    cursor: LogCursor,
    seen: { readonly place: ThreadPlace; readonly moment: ThreadActivity },
  ): Promise<'live' | 'moved' | 'replaced'>;
  /** Keeps how far a live subscription was served, if its cursor is still as it was read. */
  advance(viewer: Viewer, cursor: LogCursor): Promise<void>;
  putTicket(ticket: SocketTicket): Promise<void>;
  /** Each ticket opens one socket; null: unknown, used or expired. */
  takeTicket(ticketHash: string, nowMs: number): Promise<SocketTicket | null>;
}

/** Posts to sockets. Never throws. */
export interface ConnectionPoster {
  /** `gone`: the client left. `failed`: it may or may not have come through. */
  post(connectionId: string, text: string): Promise<'posted' | 'gone' | 'failed'>;
  /** Ends a socket; one that is gone already is fine. */
  close(connectionId: string): Promise<void>;
}
