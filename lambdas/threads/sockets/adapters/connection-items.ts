import * as z from 'zod';
import { formatLogCursor, parseLogCursor } from '../../domain/log-cursor.ts';
import type { SocketConnection, SocketTicket, Viewer } from '../domain/socket.ts';
import type { Item, ItemKey } from '../../../platform/tables/tables.ts';

/** What DynamoDB's expiry removes is past its use for so long. */
const TTL_MARGIN_MS = 300_000;

export const socketKey = (connectionId: string): ItemKey => ({
  pk: `CONN#${connectionId}`,
  sk: 'META',
});
/** Of a thread: who watches it. */
export const viewerKey = (threadId: string, connectionId: string): ItemKey => ({
  pk: `THREAD#${threadId}`,
  sk: `CONN#${connectionId}`,
});
/** Of a socket: what it watches. */
export const watchedKey = (threadId: string, connectionId: string): ItemKey => ({
  pk: `CONN#${connectionId}`,
  sk: `THREAD#${threadId}`,
});
export const keysSocketKey = (keyId: string, connectionId: string): ItemKey => ({
  pk: `KEY#${keyId}`,
  sk: `CONN#${connectionId}`,
});
export const ticketKey = (ticketHash: string): ItemKey => ({
  pk: `TICKET#${ticketHash}`,
  sk: 'META',
});

/** The id after the `#` of a key; ids of API Gateway hold none. */
export const idOf = (text: unknown): string => String(text).split('#')[1] ?? '';

const ttlOf = (endsAtMs: number): number => Math.ceil((endsAtMs + TTL_MARGIN_MS) / 1_000);

const socketItem = z.object({
  key_id: z.string(),
  secret_hash: z.string(),
  project: z.string(),
  user: z.string().nullable(),
  is_admin: z.boolean(),
  ends_at: z.number(),
});

export const itemOfSocket = (socket: SocketConnection): Item => ({
  ...socketKey(socket.connectionId),
  key_id: socket.keyId,
  secret_hash: socket.secretHash,
  project: socket.projectId,
  user: socket.endUserId,
  is_admin: socket.isAdmin,
  ends_at: socket.endsAtMs,
  subscriptions: 0,
  ttl: ttlOf(socket.endsAtMs),
});

export const socketOf = (connectionId: string, item: Item): SocketConnection => {
  const stored = socketItem.parse(item);
  return {
    connectionId,
    keyId: stored.key_id,
    secretHash: stored.secret_hash,
    projectId: stored.project,
    endUserId: stored.user,
    isAdmin: stored.is_admin,
    endsAtMs: stored.ends_at,
  };
};

const viewerItem = z.object({
  pk: z.string(),
  sk: z.string(),
  subscription: z.string(),
  cursor: z.string(),
  state: z.enum(['replaying', 'live']),
  ends_at: z.number(),
});

export const itemOfViewer = (viewer: Viewer): Item => ({
  ...viewerKey(viewer.threadId, viewer.connectionId),
  subscription: viewer.subscription,
  cursor: formatLogCursor(viewer.cursor),
  state: viewer.state,
  ends_at: viewer.endsAtMs,
  ttl: ttlOf(viewer.endsAtMs),
});

export const viewerOf = (item: Item): Viewer => {
  const stored = viewerItem.parse(item);
  return {
    connectionId: idOf(stored.sk),
    threadId: idOf(stored.pk),
    subscription: stored.subscription,
    cursor: parseLogCursor(stored.cursor),
    state: stored.state,
    endsAtMs: stored.ends_at,
  };
};

export const itemOfWatched = ({ threadId, connectionId, endsAtMs }: Viewer): Item => ({
  ...watchedKey(threadId, connectionId),
  ttl: ttlOf(endsAtMs),
});

export const itemOfKeysSocket = ({ keyId, connectionId, endsAtMs }: SocketConnection): Item => ({
  ...keysSocketKey(keyId, connectionId),
  ttl: ttlOf(endsAtMs),
});

const ticketItem = z.object({
  key_id: z.string(),
  secret_hash: z.string(),
  expires_at: z.number(),
});

export const itemOfTicket = (ticket: SocketTicket): Item => ({
  ...ticketKey(ticket.ticketHash),
  key_id: ticket.keyId,
  secret_hash: ticket.secretHash,
  expires_at: ticket.expiresAtMs,
  ttl: ttlOf(ticket.expiresAtMs),
});

export const ticketOf = (ticketHash: string, item: Item): SocketTicket => {
  const stored = ticketItem.parse(item);
  return {
    ticketHash,
    keyId: stored.key_id,
    secretHash: stored.secret_hash,
    expiresAtMs: stored.expires_at,
  };
};
