import { connect, createServer, type Server } from 'node:net';
import {
  createServer as createTlsServer,
  getCACertificates,
  setDefaultCACertificates,
} from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listenHere } from '../../../local/http/listen-here.ts';
import { outbound } from '../../../lambdas/platform/outbound.ts';
import { sendOnce } from '../../../lambdas/platform/send-once.ts';
import { selfSigned } from '../../support/self-signed.ts';

const trusted = getCACertificates('default');
const servers: Server[] = [];
let pems: ReturnType<typeof selfSigned>;

beforeAll(() => {
  pems = selfSigned();
});
afterAll(() => {
  setDefaultCACertificates(trusted);
  for (const server of servers) server.close();
});

const listening = async (server: Server): Promise<number> => {
  servers.push(server);
  return await listenHere(server);
};

/** Takes a whole request by TLS; in front of it somebody writes what is no TLS into the answer. */
const broken = async () => {
  let received = '';
  const inner = createTlsServer(pems, (socket) => {
    socket.on('data', (part) => {
      received += part.toString();
      socket.write('HTTP/1.1 200 OK\r\n');
    });
    socket.on('error', () => undefined);
  });
  const port = await listening(inner);
  const outer = createServer((client) => {
    const server = connect(port, '127.0.0.1');
    client.on('error', () => undefined).pipe(server);
    server.on('error', () => undefined);
    server.on('data', (part: Buffer) => {
      client.write(received === '' ? part : Buffer.alloc(64, 0xff));
    });
  });
  return { url: `https://localhost:${await listening(outer)}/`, received: () => received };
};

const send = sendOnce({
  send: outbound({
    isLoopbackAllowed: true,
    resolve: async () => await Promise.resolve([{ address: '127.0.0.1', family: 4 }]),
  }),
  nowMs: () => 0,
  untilMs: 60_000,
});

test('an error of TLS before the request is sent is one that nobody received', async () => {
  const { url, received } = await broken();
  const answer = await send({ url, method: 'POST', headers: {}, body: '{}' });
  expect(answer).toMatchObject({ kind: 'unsent', reason: expect.stringMatching(/SELF_SIGNED/) });
  expect(received()).toBe('');
});

test('an error of TLS after the request was sent leaves nobody knowing what came of it', async () => {
  setDefaultCACertificates([...trusted, pems.cert]);
  const { url, received } = await broken();
  const answer = await send({ url, method: 'POST', headers: {}, body: '{"open":1}' });
  expect(received()).toContain('{"open":1}');
  expect(answer).toMatchObject({ kind: 'lost', reason: expect.stringMatching(/ERR_SSL|EPROTO/) });
});
