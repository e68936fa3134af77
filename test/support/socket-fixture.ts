import { createServer, type Server } from 'node:http';
import { listenHere } from '../../local/http/listen-here.ts';
import type { FunctionHost } from '../../local/lambda/function-host.ts';
import type { SocketApi } from '../../local/sockets/socket-routes.ts';
import { SOCKET_LIMITS, Sockets } from '../../local/sockets/sockets.ts';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import * as z from 'zod';

/** Keeps every event, and does what the query or the message asks for. */
export const SOCKET_FUNCTION = `
const events = [];
export const handler = async (event) => {
  if (event.act === 'events') return events.splice(0);
  events.push(event);
  const { routeKey } = event.requestContext;
  if (routeKey === '$connect') {
    const wish = event.queryStringParameters?.wish;
    if (wish === 'throw') throw new Error('broken');
    if (wish === 'nothing') return undefined;
    if (wish !== undefined) return { statusCode: Number(wish) };
    const asked = event.headers['Sec-WebSocket-Protocol'];
    return { statusCode: 200, headers: asked === undefined ? {} : { 'Sec-WebSocket-Protocol': 'sluice.v1' } };
  }
  const { wish } = event.body?.startsWith('{') ? JSON.parse(event.body) : {};
  if (wish === 'throw') throw new Error('broken');
  if (wish === 'hang') await new Promise((resolve) => setTimeout(resolve, 500));
  return { statusCode: 200, body: 'answer of ' + routeKey };
};`;

export const closeCode = async (client: WebSocket): Promise<unknown> =>
  (await once(client, 'close'))[0];

export const message = async (client: WebSocket): Promise<string> =>
  String((await once(client, 'message'))[0]);

export const refusal = async (url: string): Promise<number | undefined> => {
  const [, response] = z.tuple([z.unknown(), z.looseObject({ statusCode: z.number() })]).parse(
    await once(
      new WebSocket(url).on('error', () => undefined),
      'unexpected-response',
    ),
  );
  return response.statusCode;
};

export const route = { functionId: 'Fixture', hasResponse: false };
const api: SocketApi = {
  id: 'Api1A2B',
  stage: 'ws',
  selector: ['type'],
  routes: new Map([
    ['$connect', route],
    ['$disconnect', route],
    ['$default', route],
    ['subscribe', route],
    ['ask', { ...route, hasResponse: true }],
  ]),
};

export interface SocketHost {
  readonly server: Server;
  readonly sockets: Sockets;
  readonly url: string;
}

/** A WebSocket API on any free port, all of its routes served by one function. */
export const startSocketHost = async (
  host: FunctionHost,
  limits: Partial<typeof SOCKET_LIMITS>,
  fields: Partial<SocketApi>,
): Promise<SocketHost> => {
  const functions = new Map([['Fixture', host]]);
  const sockets = new Sockets(
    { ...api, ...fields },
    { functions, onError: () => undefined, limits },
  );
  const server = createServer();
  sockets.attach(server);
  const port = await listenHere(server);
  return { server, sockets, url: `ws://127.0.0.1:${port}/ws` };
};
