import { once } from 'node:events';
import { createServer as createHttps } from 'node:https';
import { createServer, type Server, type Socket } from 'node:net';
import { getCACertificates, setDefaultCACertificates, TLSSocket } from 'node:tls';
import { afterEach, expect, test } from 'vitest';
import { listenHere } from '../../local/http/listen-here.ts';
import { awsTransport, type SendWire } from '../../lambdas/platform/aws/aws-transport.ts';
import { selfSigned } from '../support/self-signed.ts';

const LIMITS = { socketsMax: 2, connectTimeoutMs: 20_000, requestTimeoutMs: 20_000 };
const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

/** A server of bare bytes: `answer` gets each whole request and its connection. */
const serve = async (answer: (socket: Socket, count: number) => void) => {
  const sockets: Socket[] = [];
  let count = 0;
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    let text = '';
    socket.on('data', (bytes) => {
      text += String(bytes);
      for (let end = text.indexOf('\r\n\r\n'); end !== -1; end = text.indexOf('\r\n\r\n')) {
        text = text.slice(end + 4);
        answer(socket, (count += 1));
      }
    });
  });
  stops.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { sockets, url: await listening(server) };
};

const listening = async (server: Server, host = '127.0.0.1'): Promise<URL> => {
  const port = await listenHere(server);
  return new URL(`http://${host}:${port}`);
};

const post = async (send: SendWire, path = '/', value = 'x'): Promise<string> => {
  const headers = { host: 'here', 'x-value': value, 'content-length': '0' };
  return String((await send({ method: 'POST', path, headers, body: '' })).body);
};
const failing = async (sent: Promise<unknown>): Promise<unknown> =>
  await sent.then(
    () => expect.unreachable(),
    (error: unknown) => error,
  );

test('no more connections than its limit are open, and a request beyond it waits for one', async () => {
  const held: Socket[] = [];
  const { sockets, url } = await serve((socket) => held.push(socket));
  const send = awsTransport(url, LIMITS);
  const all = Promise.all(Array.from({ length: 5 }, async () => await post(send)));
  for (let answered = 0; answered < 5;) {
    const next = held.shift();
    if (next === undefined) {
      await new Promise((resolve) => setImmediate(resolve));
      continue;
    }
    next.write(OK);
    answered += 1;
  }
  expect(await all).toEqual(Array.from({ length: 5 }, () => 'ok'));
  expect(sockets).toHaveLength(2);
});

test('a connection that its server closed while it rested carries nothing any more', async () => {
  const { sockets, url } = await serve((socket) => socket.write(OK));
  const send = awsTransport(url, LIMITS);
  await post(send);
  const [first] = sockets;
  first?.end();
  if (first !== undefined) await once(first, 'close');
  expect(await post(send)).toBe('ok');
  expect(sockets).toHaveLength(2);
});

test('a connection on which more came than was asked for, or that its server wants closed, is not used again', async () => {
  const answers = [`${OK}HTTP/1.1 200 OK`, OK.replace('\r\n', '\r\nconnection: close\r\n'), OK];
  const { sockets, url } = await serve((socket, count) => socket.write(answers[count - 1] ?? OK));
  const send = awsTransport(url, LIMITS);
  for (let call = 0; call < 4; call++) expect(await post(send)).toBe('ok');
  expect(sockets).toHaveLength(3);
});

test('words that come on a resting connection are nobody’s answer', async () => {
  const { sockets, url } = await serve((socket) => socket.write(OK));
  const send = awsTransport(url, LIMITS);
  await post(send);
  const [first] = sockets;
  first?.write(OK.replace('ok', 'no'));
  if (first !== undefined) await once(first, 'close');
  expect(await post(send)).toBe('ok');
});

test('a connection that breaks fails its own request alone, and those that wait get another', async () => {
  const { url } = await serve((socket, count) => {
    if (count === 1) socket.destroy();
    else socket.write(OK);
  });
  const send = awsTransport(url, { ...LIMITS, socketsMax: 1 });
  const [first, ...others] = await Promise.allSettled([1, 2, 3].map(async () => await post(send)));
  expect(first).toMatchObject({ status: 'rejected', reason: { code: 'ECONNRESET' } });
  expect(others).toMatchObject([{ value: 'ok' }, { value: 'ok' }]);
});

test('bytes that are no answer fail the request, and their connection is closed', async () => {
  const { sockets, url } = await serve((socket) => socket.write('HTTP/1.1 twohundred\r\n\r\n'));
  const error = await failing(post(awsTransport(url, LIMITS)));
  expect(error).toMatchObject({ name: 'MalformedAnswer', code: 'HPE_INVALID' });
  const [first] = sockets;
  if (first?.destroyed === false) await once(first, 'close');
});

test('what would begin another line of the request is not sent', async () => {
  const { sockets, url } = await serve((socket) => socket.write(OK));
  const send = awsTransport(url, LIMITS);
  for (const [path, value] of [
    ['/', 'a\r\nx-other: b'],
    ['/', 'a\nb'],
    ['/', 'é'],
    ['/ HTTP/1.1\r\n', 'a'],
    ['/a b', 'a'],
  ])
    expect(await failing(post(send, path, value))).toMatchObject({ code: 'ERR_INVALID_CHAR' });
  expect(sockets).toHaveLength(0);
});

test('over TLS a server is believed by its certificate, speaks HTTP/1.1 and may resume a session', async () => {
  const { key, cert } = selfSigned();
  const seen: unknown[] = [];
  const server = createHttps({ key, cert }, ({ socket }, response) => {
    if (socket instanceof TLSSocket) seen.push([socket.alpnProtocol, socket.isSessionReused()]);
    response.writeHead(200, { connection: 'close' }).end('ok');
  });
  const url = new URL((await listening(server, 'localhost')).href.replace('http:', 'https:'));
  const trusted = getCACertificates('default');
  stops.push(() => {
    setDefaultCACertificates(trusted);
    server.close();
  });
  const stranger = await failing(post(awsTransport(url, LIMITS)));
  expect(stranger).toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  setDefaultCACertificates([...trusted, cert]);
  const send = awsTransport(url, LIMITS);
  for (let call = 0; call < 2; call++) expect(await post(send)).toBe('ok');
  expect(seen).toEqual([
    ['http/1.1', false],
    ['http/1.1', true],
  ]);
});
