import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { afterEach, expect, test } from 'vitest';
import { signedHeaders } from '../../../lambdas/shared/webhook-signature.ts';
import { freePort } from '../../../local/free-port.ts';
import { docsBlocks } from '../../support/docs-blocks.ts';
import { eventually } from '../../support/stack.ts';

const SECRET = 'whsec_0123456789';
const BODY = JSON.stringify({ id: '1', type: 'key.cap_warned', data: { key_name: 'Zoë' } });
const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

const hasPython = spawnSync('python3', ['--version'], { stdio: 'ignore' }).status === 0;
const [typescript = ''] = docsBlocks('docs/gateway.md', 'typescript');
const [python = ''] = docsBlocks('docs/gateway.md', 'py');

const RECEIVERS = [
  {
    language: 'TypeScript',
    command: process.execPath,
    args: ['--input-type=module-typescript', '-e', typescript],
  },
  ...(hasPython ? [{ language: 'Python', command: 'python3', args: ['-c', python] }] : []),
];

test.each(RECEIVERS)(
  'the receiver of the documentation in $language takes what is signed and fresh, and nothing else',
  async ({ command, args }) => {
    const port = await freePort();
    const child = spawn(command, args, {
      env: { ...process.env, SECRET, PORT: String(port) },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    running.push(child);
    let said = '';
    child.stdout.on('data', (part) => (said += String(part)));
    const post = async (headers: Readonly<Record<string, string>>, body = BODY): Promise<number> =>
      (await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers, body })).status;
    await eventually(async () => expect(await post({})).toBe(401));
    const good = signedHeaders(SECRET, Date.now(), BODY);
    expect(await post(good)).toBe(204);
    expect(await post(good, BODY.replace('warned', 'reached'))).toBe(401);
    expect(await post(signedHeaders('another', Date.now(), BODY))).toBe(401);
    expect(await post(signedHeaders(SECRET, Date.now() - 600_000, BODY))).toBe(401);
    expect(await post({ ...good, 'x-sluice-signature': 'é'.repeat(64) })).toBe(401);
    await eventually(async () => expect(await Promise.resolve(said)).toContain('key.cap_warned'));
  },
);
