import { createHash, randomBytes } from 'node:crypto';
import type { Handler } from '../../../http/door.ts';
import { credentialOf } from '../../../http/door.ts';
import { parseSecret } from '../../../shared/secret.ts';
import type { KeyDoor } from '../../../ledger/ports.ts';
import type { SocketAnswer, SocketDoor, SocketRequest } from '../../../platform/socket-entry.ts';
import { AppError } from '../../../shared/app-error.ts';
import * as z from 'zod';
import { SOCKET_MAX_MS, TICKET_TTL_MS } from '../../domain/limits.ts';
import { mayStay, type SocketConnection } from '../domain/socket.ts';
import type { Connections } from '../ports/sockets.ts';
import { authenticate } from '../../../ledger/door.ts';
import { checked, jsonBody } from '../../../http/body.ts';
import { CALLER_SCOPES, type KeyState } from '../../../ledger/domain/key.ts';
import { refusedCaller } from '../../../ledger/domain/refusal.ts';
import { type KeyCredential, invalidKey } from '../../../shared/credential.ts';
import type { Timers } from '../../../shared/deps.ts';

const PROTOCOL = 'sluice.v1';
const TICKET_BYTES = 24;

export interface SocketConnectDeps {
  readonly keys: KeyDoor;
  readonly connections: Connections;
  readonly timers: Pick<Timers, 'nowMs'>;
}

/**
 * The handshake. A key travels as a subprotocol, the one header that a browser lets a page set; the answer names ours
 * alone. Nothing is posted here: the socket is open only after the answer.
 */
export const socketConnect = (deps: SocketConnectDeps): SocketDoor => ({
  answer: async (request) => await connect(deps, request),
  errorAnswer: async (error) => ({ status: error.status }),
});

const connect = async (deps: SocketConnectDeps, request: SocketRequest): Promise<SocketAnswer> => {
  const offered = (request.headers['sec-websocket-protocol'] ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (offered.length > 0 && !offered.includes(PROTOCOL))
    throw new AppError({
      code: 'invalid_request',
      publicMessage: `sec-websocket-protocol: offer ${PROTOCOL}`,
    });
  const credential = await credentialFor(deps, request, offered);
  const key = await keyOf(deps, credential);
  const socket: SocketConnection = {
    connectionId: request.connectionId,
    keyId: credential.keyId,
    secretHash: credential.secretHash,
    projectId: key.projectId,
    endUserId: key.userId,
    isAdmin: key.scope === 'admin',
    endsAtMs: Math.min(request.connectedAtMs + SOCKET_MAX_MS, key.expiresAtMs ?? Infinity),
  };
  await deps.connections.open(socket);
  await stillCarried(deps, socket);
  return {
    status: 200,
    ...(offered.length === 0 ? {} : { headers: { 'Sec-WebSocket-Protocol': PROTOCOL } }),
  };
};

/** Throws AppError when the key opens no sockets. */
const keyOf = async (
  { keys, timers }: SocketConnectDeps,
  credential: KeyCredential,
): Promise<KeyState> => {
  const answer = await keys.authenticate(credential, timers.nowMs());
  if (answer.kind === 'refused') throw refusedCaller(answer.reason);
  if (!CALLER_SCOPES.has(answer.key.scope)) throw refusedCaller('other_scope');
  return answer.key;
};

/** A change of the key before the socket was among its sockets has closed the others: this one ends here. */
const stillCarried = async (deps: SocketConnectDeps, socket: SocketConnection): Promise<void> => {
  try {
    const key = await keyOf(deps, socket);
    if (!mayStay(socket, key, deps.timers.nowMs())) throw invalidKey();
  } catch (error) {
    await deps.connections.remove(socket.connectionId);
    throw error;
  }
};

type Proof = KeyCredential & { readonly secretHash: string };

const credentialFor = async (
  deps: SocketConnectDeps,
  { query, headers }: SocketRequest,
  offered: readonly string[],
): Promise<Proof> => {
  const ticket = query['ticket'];
  if (ticket !== undefined) {
    const found = await deps.connections.takeTicket(hashOf(ticket), deps.timers.nowMs());
    if (found === null) throw invalidKey();
    return { keyId: found.keyId, secretHash: found.secretHash };
  }
  const bearer =
    offered.find((name) => name.startsWith('bearer.'))?.slice('bearer.'.length) ??
    /^Bearer\s+(\S+)\s*$/i.exec(headers['authorization'] ?? '')?.[1];
  const secret = bearer === undefined ? null : parseSecret(bearer);
  if (secret?.kind !== 'ok') throw invalidKey();
  return secret;
};

const hashOf = (ticket: string): string => createHash('sha256').update(ticket).digest('hex');

export interface TicketRouteDeps {
  readonly keys: KeyDoor;
  readonly sockets: { readonly connections: Connections };
  readonly timers: Pick<Timers, 'nowMs'>;
  readonly env: { readonly WEBSOCKET_URL: string };
}

/** A ticket opens one socket, for pages that must not hold a key. */
export const ticketRoutes = (deps: TicketRouteDeps): Readonly<Record<string, Handler>> => ({
  'POST /v1/realtime/tickets': async (request) => {
    const credential = credentialOf(request);
    await authenticate(deps.keys, request);
    checked(z.strictObject({}), jsonBody(request));
    const ticket = `slt_${randomBytes(TICKET_BYTES).toString('base64url')}`;
    const expiresAtMs = deps.timers.nowMs() + TICKET_TTL_MS;
    await deps.sockets.connections.putTicket({
      ticketHash: hashOf(ticket),
      keyId: credential.keyId,
      secretHash: credential.secretHash ?? '',
      expiresAtMs,
    });
    return {
      status: 201,
      body: {
        object: 'realtime_ticket',
        ticket,
        url: `${deps.env.WEBSOCKET_URL}?ticket=${ticket}`,
        expires_at: expiresAtMs,
      },
    };
  },
});
