import { createServer } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { listenHere } from '../../../local/http/listen-here.ts';
import { HttpFailure, httpPool } from '../../../lambdas/platform/http-pool.ts';
import { ConnectionBroke, outbound, systemResolve } from '../../../lambdas/platform/outbound.ts';

const OTHER = 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: other\r\n\r\n';
const NEVER = new AbortController().signal;
const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

/** A server that goes on in a protocol that nobody asked for, and keeps its connection. */
const changing = async (): Promise<string> => {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.write(OTHER));
  });
  stops.push(() => server.close());
  const port = await listenHere(server);
  return `http://127.0.0.1:${port}/`;
};

test('a server that changes the protocol fails a request that leaves', async () => {
  const send = outbound({ isLoopbackAllowed: true, resolve: systemResolve });
  const request = { url: await changing(), method: 'GET', headers: {}, body: null };
  await expect(send(request, NEVER)).rejects.toBeInstanceOf(ConnectionBroke);
});

test('a server that changes the protocol fails a request of a pool, which was sent', async () => {
  const ms = 60_000;
  const send = httpPool({
    socketsMax: 1,
    connectTimeoutMs: ms,
    firstByteTimeoutMs: ms,
    betweenBytesTimeoutMs: ms,
    idleTimeoutMs: ms,
  });
  const url = await changing();
  for (let times = 0; times < 2; times++) {
    const failed: unknown = await send(
      { url, method: 'POST', headers: {}, body: '{}' },
      NEVER,
    ).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(HttpFailure);
    expect(failed).toMatchObject({ isSent: true, isTimeout: false });
  }
});
