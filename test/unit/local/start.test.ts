import { spawnSync } from 'node:child_process';
import { createServer, type RequestListener } from 'node:http';
import { expect, test } from 'vitest';
import { listenHere } from '../../../local/http/listen-here.ts';
import { healthOrElse } from '../../../local/http/health.ts';
import { checkPort } from '../../../local/http/port.ts';
import { closeServer, serve } from '../../../local/http/server.ts';

const start = (...args: readonly string[]) =>
  spawnSync(process.execPath, ['local/start.ts', ...args], { encoding: 'utf8' });

test.each(['abc', '70000', '-1', '', '80.5', '0x50'])('--port %j is one sentence', (port) => {
  const { status, stdout, stderr } = start(`--port=${port}`);
  expect([status, stdout, stderr]).toEqual([
    1,
    '',
    `Sluice did not start: the port is a whole number from 0 to 65535, not ${port}\n`,
  ]);
});

test('a port that no client reaches is one sentence', () => {
  expect(start('--port', '6000').stderr).toBe(
    'Sluice did not start: browsers and fetch refuse port 6000: choose another one with --port or SLUICE_PORT\n',
  );
});

test('a port that is taken is named, and a free one is left free', async () => {
  const server = createServer();
  const port = await listenHere(server);
  await expect(checkPort(port)).rejects.toThrow(`port ${port} is taken: choose another one`);
  await closeServer(server);
  await checkPort(port);
  await checkPort(port);
});

test('health is that of the engine too', async () => {
  let isUp = true;
  const ok: RequestListener = (_request, response) => response.end('{"status":"ok"}');
  const { server, port } = await serve(
    healthOrElse(async () => await Promise.resolve(isUp), ok),
    0,
  );
  const ask = async (path: string) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`);
    return [answer.status, await answer.text()];
  };
  expect(await ask('/health')).toEqual([200, '{"status":"ok"}']);
  isUp = false;
  expect(await ask('/health?at=1')).toEqual([503, expect.stringContaining('storage engine')]);
  expect(await ask('/healthy')).toEqual([200, '{"status":"ok"}']);
  await closeServer(server);
});
