import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse as HttpResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import { ServerResponse, STATUS_CODES } from '../http/node-http.ts';
import * as z from 'zod';
import { FrameMeter } from './frame-meter.ts';
import type { FunctionHost } from '../lambda/function-host.ts';
import {
  connectEvent,
  disconnectEvent,
  messageEvent,
  newPeer,
  type SocketPeer,
} from './socket-events.ts';
import type { SocketApi } from './socket-routes.ts';

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html */
export const SOCKET_LIMITS = {
  frameBytesMax: 32_768,
  messageBytesMax: 131_072,
  idleMs: 600_000,
  connectionMs: 7_200_000,
  /** How long a route's function is waited for; it runs on. */
  integrationMs: 29_000,
};

export interface UpgradeServer {
  on(
    event: 'upgrade',
    listener: (request: IncomingMessage, socket: Duplex, head: Buffer) => void,
  ): unknown;
  emit(event: 'request', request: IncomingMessage, response: HttpResponse): boolean;
}

export interface SocketsDeps {
  readonly functions: ReadonlyMap<string, Pick<FunctionHost, 'invoke'>>;
  readonly onError: (source: string, error: unknown) => void;
  readonly limits?: Partial<typeof SOCKET_LIMITS>;
}

interface Connection {
  readonly peer: SocketPeer;
  readonly socket: WebSocket;
  readonly idle: NodeJS.Timeout;
  lastActiveAtMs: number;
  /** A client that broke a limit is not listened to any more. */
  isRefused: boolean;
}

const answerSchema = z.object({
  statusCode: z.number(),
  headers: z.record(z.string(), z.string()).optional(),
  body: z.string().optional(),
});
type RouteAnswer = z.infer<typeof answerSchema>;
const TIMED_OUT = 'Endpoint request timed out';

/** API Gateway's WebSocket API: real handshakes, routes by message, API Gateway's limits and its answers to what fails. */
export class Sockets {
  private readonly api: SocketApi;
  private readonly deps: SocketsDeps;
  private readonly limits: typeof SOCKET_LIMITS;
  private readonly connections = new Map<string, Connection>();
  private readonly protocols = new WeakMap<IncomingMessage, string>();
  private readonly server: WebSocketServer;
  private isStopped = false;

  constructor(api: SocketApi, deps: SocketsDeps) {
    this.api = api;
    this.deps = deps;
    this.limits = { ...SOCKET_LIMITS, ...deps.limits };
    this.server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      maxPayload: this.limits.messageBytesMax,
      handleProtocols: (_, request) => this.protocols.get(request) ?? false,
    });
  }

  /**
   * Accepts the handshakes of a server, at the path that is the name of the stage. At any other path a handshake is a GET of
   * the REST API, which has no sockets.
   */
  attach(server: UpgradeServer): void {
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      socket.on('error', () => undefined);
      const path = request.url?.split('?', 1)[0];
      if (path === `/${this.api.stage}`) void this.connect(request, socket, head);
      else if (!server.emit('request', request, responseOn(request, socket))) refuse(socket, 403);
    });
  }

  /** A message to a client; false when it is gone. */
  async post(connectionId: string, text: string): Promise<boolean> {
    const connection = this.connections.get(connectionId);
    if (connection === undefined) return false;
    this.touch(connection);
    return await new Promise((resolve) => {
      connection.socket.send(text, (error) => resolve(error === undefined || error === null));
    });
  }

  describe(connectionId: string): (SocketPeer & { readonly lastActiveAtMs: number }) | null {
    const connection = this.connections.get(connectionId);
    if (connection === undefined) return null;
    return { ...connection.peer, lastActiveAtMs: connection.lastActiveAtMs };
  }

  /** False when the client is gone already. */
  disconnect(connectionId: string): boolean {
    const connection = this.connections.get(connectionId);
    connection?.socket.close(1000, 'Connection Closed Normally');
    return connection !== undefined;
  }

  stop(): void {
    this.isStopped = true;
    for (const { socket } of this.connections.values()) socket.terminate();
  }

  private async connect(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const peer = newPeer(request, this.api);
    const answer = await this.call('$connect', connectEvent(peer, request));
    if (answer === null || answer === TIMED_OUT) return refuse(socket, 502);
    if (answer.statusCode < 200 || answer.statusCode > 299)
      return refuse(socket, answer.statusCode);
    const protocol = Object.entries(answer.headers ?? {}).find(
      ([name]) => name.toLowerCase() === 'sec-websocket-protocol',
    )?.[1];
    if (protocol !== undefined) this.protocols.set(request, protocol);
    let isOpen = false;
    this.server.handleUpgrade(request, socket, head, (opened) => {
      isOpen = true;
      this.open(peer, opened, socket);
    });
    if (!isOpen) await this.call('$disconnect', disconnectEvent(peer, 1006, ''));
  }

  private open(peer: SocketPeer, socket: WebSocket, stream: Duplex): void {
    const goAway = (): void => socket.close(1001, 'Going away');
    const end = setTimeout(goAway, this.limits.connectionMs);
    const connection: Connection = {
      peer,
      socket,
      idle: setTimeout(goAway, this.limits.idleMs),
      lastActiveAtMs: Date.now(),
      isRefused: false,
    };
    this.connections.set(peer.connectionId, connection);
    const meter = new FrameMeter(this.limits.frameBytesMax);
    stream.prependListener('data', (bytes: Buffer) => {
      if (!connection.isRefused && meter.passes(bytes)) this.refuseMessages(connection, 1009);
    });
    socket.on('error', () => undefined);
    socket.on('message', (data, isBinary) => void this.receive(connection, data, isBinary));
    socket.on('close', (code, reason) => {
      clearTimeout(end);
      clearTimeout(connection.idle);
      this.connections.delete(peer.connectionId);
      if (!this.isStopped)
        void this.call('$disconnect', disconnectEvent(peer, code, reason.toString()));
    });
  }

  /** Binary frames are refused: https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-develop-binary-media-types.html */
  private async receive(connection: Connection, data: RawData, isBinary: boolean): Promise<void> {
    if (connection.isRefused) return;
    if (isBinary) return this.refuseMessages(connection, 1003);
    this.touch(connection);
    const { peer } = connection;
    const text = textOf(data);
    const key = this.routeKey(text);
    const route = this.api.routes.get(key);
    if (route === undefined) return await this.complain(peer, 'Forbidden');
    const answer = await this.call(key, messageEvent(peer, key, text));
    if (answer === null) await this.complain(peer, 'Internal server error');
    else if (answer === TIMED_OUT) await this.complain(peer, TIMED_OUT);
    else if (route.hasResponse && answer.body !== undefined)
      await this.post(peer.connectionId, answer.body);
  }

  private refuseMessages(connection: Connection, code: number): void {
    connection.isRefused = true;
    connection.socket.close(code);
  }

  private touch(connection: Connection): void {
    connection.lastActiveAtMs = Date.now();
    connection.idle.refresh();
  }

  private routeKey(text: string): string {
    let value = parsed(text);
    for (const name of this.api.selector) value = fieldOf(value, name);
    return typeof value === 'string' && this.api.routes.has(value) ? value : '$default';
  }

  /** What API Gateway itself says when a route is missing or fails. */
  private async complain({ connectionId }: SocketPeer, message: string): Promise<void> {
    const body = { message, connectionId, requestId: randomUUID() };
    await this.post(connectionId, JSON.stringify(body));
  }

  /** Null when the function failed; a route that is not there succeeds. */
  private async call(key: string, event: object): Promise<RouteAnswer | null | typeof TIMED_OUT> {
    const route = this.api.routes.get(key);
    const host = route === undefined ? undefined : this.deps.functions.get(route.functionId);
    if (route === undefined || host === undefined) return { statusCode: 200 };
    const { promise: late, resolve } = Promise.withResolvers<typeof TIMED_OUT>();
    const timer = setTimeout(() => resolve(TIMED_OUT), this.limits.integrationMs);
    try {
      const answer = await Promise.race([this.invoke(host, event), late]);
      if (answer === TIMED_OUT) this.deps.onError(route.functionId, new Error(`${key}: ${answer}`));
      return answer;
    } catch (error) {
      this.deps.onError(route.functionId, error);
      return null;
    } finally {
      clearTimeout(timer);
    }
  }

  private async invoke(host: Pick<FunctionHost, 'invoke'>, event: object): Promise<RouteAnswer> {
    return answerSchema.parse(await host.invoke(event));
  }
}

/** An answer without a socket: what was a handshake is answered once, and the connection ends. */
const responseOn = (request: IncomingMessage, socket: Duplex): HttpResponse => {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  if (socket instanceof Socket) response.assignSocket(socket);
  response.on('finish', () => socket.end());
  return response;
};

const refuse = (socket: Duplex, status: number): void => {
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`,
  );
};

const textOf = (data: RawData): string => {
  if (Array.isArray(data)) return Buffer.concat(data).toString();
  return Buffer.isBuffer(data) ? data.toString() : Buffer.from(new Uint8Array(data)).toString();
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null
    ? Object.getOwnPropertyDescriptor(value, name)?.value
    : undefined;
