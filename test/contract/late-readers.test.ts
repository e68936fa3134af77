import { createServer, type ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { listenHere } from '../../local/http/listen-here.ts';
import { HttpFailure, httpPool } from '../../lambdas/platform/http-pool.ts';

const pool = httpPool({
  socketsMax: 9,
  connectTimeoutMs: 60_000,
  firstByteTimeoutMs: 60_000,
  betweenBytesTimeoutMs: 60_000,
  idleTimeoutMs: 60_000,
});
const NEVER = new AbortController().signal;

test('a reader that is busy while its connection breaks reads all that came, and then the failure', async () => {
  const streams: ServerResponse[] = [];
  const server = createServer((request, response) => {
    if (request.url === '/other') return void response.end();
    streams.push(response);
    response.write('one ');
  });
  const port = await listenHere(server);
  const ask = async (path: string) =>
    await pool(
      { url: `http://127.0.0.1:${port}${path}`, method: 'GET', headers: {}, body: '' },
      NEVER,
    );

  const pieces = (await ask('/stream')).body[Symbol.asyncIterator]();
  expect(Buffer.from((await pieces.next()).value ?? []).toString()).toBe('one ');
  const [stream] = streams;
  await new Promise<void>((resolve) => stream?.write('two ', () => resolve()));
  await new Promise<void>((resolve) => stream?.write('three', () => resolve()));
  stream?.destroy();
  // By now the end has come as well: others came and went meanwhile.
  for (let times = 0; times < 20; times++) for await (const _ of (await ask('/other')).body);

  const rest: Uint8Array[] = [];
  await expect(
    (async () => {
      for (let next = await pieces.next(); next.done !== true; next = await pieces.next())
        rest.push(next.value);
    })(),
  ).rejects.toBeInstanceOf(HttpFailure);
  expect(Buffer.concat(rest).toString()).toBe('two three');
  server.close();
  server.closeAllConnections();
});
