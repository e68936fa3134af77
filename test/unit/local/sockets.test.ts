import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GetConnectionCommand,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import * as z from 'zod';
import { startConnectionsEndpoint } from '../../../local/sockets/connections-endpoint.ts';
import type { Endpoint } from '../../../local/http/http-endpoint.ts';
import type { SocketApi } from '../../../local/sockets/socket-routes.ts';
import { SOCKET_LIMITS } from '../../../local/sockets/sockets.ts';
import { functionOf } from '../../support/local-function.ts';
import { eventually } from '../../support/stack.ts';
import {
  closeCode,
  message,
  refusal,
  route,
  SOCKET_FUNCTION,
  startSocketHost,
  type SocketHost,
} from '../../support/socket-fixture.ts';

const { host } = functionOf(SOCKET_FUNCTION);
const started: SocketHost[] = [];
const start = async (
  limits: Partial<typeof SOCKET_LIMITS> = {},
  fields: Partial<SocketApi> = {},
): Promise<SocketHost> => {
  const made = await startSocketHost(host, limits, fields);
  started.push(made);
  return made;
};

const eventSchema = z.looseObject({ requestContext: z.looseObject({ routeKey: z.string() }) });
const allEvents = async () => z.array(eventSchema).parse(await host.invoke({ act: 'events' }));
/** Without the end of a connection, which comes when it comes. */
const events = async () =>
  (await allEvents()).filter((event) => event.requestContext.routeKey !== '$disconnect');
const clients: WebSocket[] = [];
const opened = async (...args: ConstructorParameters<typeof WebSocket>): Promise<WebSocket> => {
  const client = new WebSocket(...args);
  clients.push(client);
  await once(client, 'open');
  return client;
};
let shared: SocketHost;
let endpoint: Endpoint;
let management: ApiGatewayManagementApiClient;
beforeAll(async () => {
  shared = await start();
  endpoint = await startConnectionsEndpoint(shared.sockets);
  management = new ApiGatewayManagementApiClient({
    endpoint: `${endpoint.url}/ws`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
});
beforeEach(async () => void (await events()));
afterEach(() => {
  for (const { server, sockets } of started.splice(shared === undefined ? 0 : 1)) {
    sockets.stop();
    server.close();
  }
});
afterAll(async () => {
  shared.sockets.stop();
  shared.server.close();
  endpoint.stop();
  for (const client of clients) client.terminate();
  await host.stop();
});

describe('a handshake', () => {
  test('reaches $connect in its real shape, and the client gets the protocol that the function names', async () => {
    const client = await opened(`${shared.url}?ticket=t1&ticket=t2`, ['sluice.v1', 'bearer.key']);
    expect(client.protocol).toBe('sluice.v1');
    client.close();
    const [connect] = await events();
    expect(connect).toMatchObject({
      headers: {
        Host: shared.url.slice(5, -3),
        Upgrade: 'websocket',
        'Sec-WebSocket-Protocol': 'sluice.v1,bearer.key',
      },
      multiValueHeaders: { 'Sec-WebSocket-Protocol': ['sluice.v1,bearer.key'] },
      queryStringParameters: { ticket: 't2' },
      multiValueQueryStringParameters: { ticket: ['t1', 't2'] },
      requestContext: {
        routeKey: '$connect',
        eventType: 'CONNECT',
        messageDirection: 'IN',
        stage: 'ws',
        apiId: 'Api1A2B',
        domainName: '127.0.0.1',
        identity: { sourceIp: '127.0.0.1' },
        connectionId: expect.stringMatching(/^[A-Za-z0-9+/]{15}=$/),
        connectedAt: expect.any(Number),
        requestTimeEpoch: expect.any(Number),
        requestTime: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:/),
      },
      isBase64Encoded: false,
    });
    expect(connect).not.toHaveProperty('body');
  });

  test.each([
    ['401', 401],
    ['403', 403],
    ['throw', 502],
    ['nothing', 502],
  ])('whose function answers %s is refused with %i', async (wish, status) => {
    expect(await refusal(`${shared.url}?wish=${wish}`)).toBe(status);
    expect(await events()).toHaveLength(1);
  });

  test('at another path is refused before any function runs', async () => {
    expect(await refusal(shared.url.replace('/ws', '/other'))).toBe(403);
    expect(await events()).toHaveLength(0);
  });
});

describe('a message', () => {
  test('goes to the route that it names, else to $default, with nothing sent back', async () => {
    const client = await opened(shared.url);
    const received: string[] = [];
    client.on('message', (data: Buffer) => received.push(data.toString()));
    const bodies = ['{"type":"subscribe"}', '{"type":"unknown"}', '{"type":7}', 'no JSON', '[]'];
    const keys: string[] = [];
    for (const body of bodies) {
      client.send(body);
      await eventually(async () => {
        const seen = await events();
        keys.push(...seen.map((event) => event.requestContext.routeKey));
        expect(seen.some((event) => event['body'] === body)).toBe(true);
      });
    }
    expect(keys).toEqual(['$connect', 'subscribe', ...Array(4).fill('$default')]);
    // An answer would come before the one of the route that has answers.
    client.send('{"type":"ask"}');
    await eventually(async () => expect(await Promise.resolve(received)).toHaveLength(1));
    expect(received).toEqual(['answer of ask']);
    const [ask] = await events();
    expect(ask?.requestContext).toMatchObject({
      eventType: 'MESSAGE',
      messageId: expect.any(String),
    });
    client.close();
  });

  test("whose function fails, hangs or is missing gets API Gateway's own words, and the connection stays", async () => {
    const { url } = await start(
      { integrationMs: 100 },
      { routes: new Map([['subscribe', route]]) },
    );
    const client = await opened(url);
    for (const [body, words] of [
      ['{"type":"subscribe","wish":"throw"}', 'Internal server error'],
      ['{"type":"subscribe","wish":"hang"}', 'Endpoint request timed out'],
      ['{"type":"unknown"}', 'Forbidden'],
    ] as const) {
      client.send(body);
      expect(JSON.parse(await message(client))).toEqual({
        message: words,
        connectionId: expect.any(String),
        requestId: expect.any(String),
      });
    }
    client.close();
  });

  test('of 128 KB passes in frames of 32 KB; one byte more in either closes with 1009', async () => {
    const { frameBytesMax, messageBytesMax } = SOCKET_LIMITS;
    const fits = await opened(shared.url);
    const part = 'x'.repeat(frameBytesMax);
    const fragments = messageBytesMax / frameBytesMax;
    for (let at = 1; at <= fragments; at++) fits.send(part, { fin: at === fragments });
    await eventually(async () => {
      const bodies = (await events()).map((event) => String(event['body']).length);
      expect(bodies).toContain(messageBytesMax);
    });
    for (let at = 0; at < fragments; at++) fits.send(part, { fin: false });
    fits.send('x', { fin: true });
    expect(await closeCode(fits)).toBe(1009);

    const frame = await opened(shared.url);
    frame.send('x'.repeat(frameBytesMax + 1));
    expect(await closeCode(frame)).toBe(1009);
    const bodies = (await events()).map((event) => event['body']);
    expect(bodies.filter((body) => body !== undefined)).toEqual([]);
  });

  test('in a binary frame closes with 1003 and reaches no function', async () => {
    const client = await opened(shared.url);
    client.send(Buffer.from('{"type":"subscribe"}'));
    expect(await closeCode(client)).toBe(1003);
    const keys = (await events()).map((event) => event.requestContext.routeKey);
    expect(keys).not.toContain('subscribe');
  });
});

describe('a connection', () => {
  test('that its client ends reaches $disconnect with code and reason', async () => {
    const client = await opened(shared.url);
    client.close(4001, 'tab closed');
    await eventually(async () =>
      expect((await allEvents()).at(-1)).toMatchObject({
        requestContext: {
          routeKey: '$disconnect',
          eventType: 'DISCONNECT',
          disconnectStatusCode: 4001,
          disconnectReason: 'tab closed',
        },
      }),
    );
  });

  test('is ended after ten silent minutes, whoever spoke last, and after two hours', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const minutes = (count: number): void => void vi.advanceTimersByTime(count * 60_000);
    const client = await opened(shared.url);
    const id = String((await events())[0]?.requestContext['connectionId']);
    for (let turn = 0; turn < 5; turn++) {
      minutes(9);
      expect(await shared.sockets.post(id, 'still here')).toBe(true);
      minutes(9);
      client.send('{"type":"ask"}');
      await message(client);
      await message(client);
    }
    minutes(9.9);
    expect(shared.sockets.describe(id)).not.toBe(null);
    minutes(0.2);
    expect(await closeCode(client)).toBe(1001);

    const busy = await opened(shared.url);
    const busyId = String((await events()).at(-1)?.requestContext['connectionId']);
    for (let turn = 0; turn < 119; turn++) {
      minutes(1);
      expect(await shared.sockets.post(busyId, 'x')).toBe(true);
    }
    minutes(1.1);
    expect(await closeCode(busy)).toBe(1001);
    vi.useRealTimers();
  });
});

describe('@connections', () => {
  const connected = async (): Promise<{ client: WebSocket; ConnectionId: string }> => {
    const client = await opened(shared.url);
    const [connect] = await events();
    return { client, ConnectionId: String(connect?.requestContext['connectionId']) };
  };

  test('posts text to a client, describes it and ends it', async () => {
    const { client, ConnectionId } = await connected();
    const received = message(client);
    const Data = Buffer.from('{"type":"event","text":"ä"}');
    await management.send(new PostToConnectionCommand({ ConnectionId, Data }));
    expect(await received).toBe('{"type":"event","text":"ä"}');
    const found = await management.send(new GetConnectionCommand({ ConnectionId }));
    expect(found.Identity).toMatchObject({ SourceIp: '127.0.0.1' });
    expect(found.LastActiveAt?.getTime()).toBeGreaterThanOrEqual(found.ConnectedAt?.getTime() ?? 0);
    const code = closeCode(client);
    await management.send(new DeleteConnectionCommand({ ConnectionId }));
    expect(await code).toBe(1000);
  });

  test('answers 410 Gone for a client that left or never came', async () => {
    const { client, ConnectionId } = await connected();
    client.terminate();
    const isGone = { name: 'GoneException', $metadata: { httpStatusCode: 410 } };
    const Data = Buffer.from('x');
    await eventually(async () => {
      const post = management.send(new PostToConnectionCommand({ ConnectionId, Data }));
      await expect(post).rejects.toMatchObject(isGone);
    });
    for (const call of [
      management.send(new GetConnectionCommand({ ConnectionId })),
      management.send(new DeleteConnectionCommand({ ConnectionId: 'AAAA/BBB+CCCCC=' })),
    ])
      await expect(call).rejects.toMatchObject(isGone);
  });

  test('takes no message over 128 KB', async () => {
    const { client, ConnectionId } = await connected();
    const Data = Buffer.alloc(SOCKET_LIMITS.messageBytesMax + 1, 'x');
    const post = management.send(new PostToConnectionCommand({ ConnectionId, Data }));
    await expect(post).rejects.toMatchObject({ name: 'PayloadTooLargeException' });
    client.close();
  });
});
