import { cpSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { laptopSuite } from '../support/deployed-stage.ts';
import { eventually, startStack, type Stack } from '../support/stack.ts';
import { startUpstream, type Upstream } from '../support/upstream.ts';

/** A copy of the project, so that a source may change under a test that fails half-way. */
const copyProject = (): string => {
  const root = mkdtempSync(join(tmpdir(), 'sluice-dev-'));
  for (const name of ['bin', 'lib', 'lambdas', 'local', 'cdk.json', 'package.json'])
    cpSync(name, join(root, name), { recursive: true });
  cpSync('package-lock.json', join(root, 'package-lock.json'));
  symlinkSync(resolve('node_modules'), join(root, 'node_modules'), 'junction');
  return root;
};

laptopSuite('npm run dev', 'a deployed stage is redeployed: test/deploy does it', () => {
  let root = '';
  let stack: Stack;
  let upstream: Upstream;
  beforeAll(async () => {
    upstream = await startUpstream();
    root = copyProject();
    stack = await startStack(
      { OPENAI_BASE_URL: upstream.url, OPENAI_API_KEY: 'sk-upstream' },
      undefined,
      '0',
      { root, args: ['--watch'] },
    );
    await eventually(async () => expect(stack.output()).toContain('Watching lambdas/'));
  });
  afterAll(async () => {
    await stack.stop();
    upstream.stop();
  });

  const edit = (file: string, from: string, to: string): void => {
    const path = join(root, file);
    const text = readFileSync(path, 'utf8');
    expect(text).toContain(from);
    writeFileSync(path, text.replace(from, to));
  };
  const health = async (): Promise<unknown> =>
    await (await fetch(`${stack.baseUrl}/health`)).json();
  const call = async (secret: string, content: string) =>
    await fetch(`${stack.baseUrl}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}` },
      body: JSON.stringify({
        model: 'gpt-4o-mini',
        messages: [{ role: 'user', content }],
        max_tokens: 100,
        stream: content === 'slow',
      }),
    });
  const functionRow = async (name: string) => {
    const view = z
      .object({ functions: z.array(z.looseObject({ function: z.string() })) })
      .parse(await (await fetch(`${stack.baseUrl}/_local.json`)).json());
    return view.functions.find((row) => row.function === name);
  };

  const DISCOVERY = 'lambdas/gateway/discovery.lambda.ts';

  test('a changed function answers anew with its state kept, and a running call ends on the old code', async () => {
    const minted = await fetch(`${stack.baseUrl}/v1/keys`, {
      method: 'POST',
      headers: { authorization: `Bearer ${stack.adminKey}` },
      body: JSON.stringify({ name: 'dev', max_spend_usd: 1 }),
    });
    const { secret } = z.object({ secret: z.string() }).parse(await minted.json());
    expect((await call(secret, 'hi')).status).toBe(200);
    const running = await call(secret, 'slow');
    // This text is in the bundle of every function with keys, the health answer in one.
    edit('lambdas/shared/credential.ts', 'key is not valid.', 'key is unknown.');
    edit(DISCOVERY, "{ status: 'ok',", "{ status: 'changed',");
    await eventually(async () => expect(await health()).toMatchObject({ status: 'changed' }));
    await eventually(async () =>
      expect(await (await call('nonsense', 'hi')).text()).toContain('key is unknown.'),
    );
    expect(await running.text()).toMatch(/word79 [\s\S]*\[DONE\]/);
    const own = await fetch(`${stack.baseUrl}/v1/key`, {
      headers: { authorization: `Bearer ${secret}` },
    });
    expect(await own.json()).toMatchObject({ spent_micros: 27, held_micros: 0 });
  });

  test('only what a change touches is swapped', async () => {
    await health();
    const before = [await functionRow('discovery'), await functionRow('keys')];
    edit(DISCOVERY, "{ status: 'changed',", "{ status: 'again',");
    await eventually(async () => expect(await health()).toMatchObject({ status: 'again' }));
    expect(await functionRow('keys')).toEqual(before[1]);
    expect(await functionRow('discovery')).toMatchObject({
      cold_starts: Number(before[0]?.['cold_starts']) + 1,
      errors: 0,
    });
  });

  test('a source that does not build is told with its place, and what ran before goes on', async () => {
    edit(DISCOVERY, "{ status: 'again',", "{{ status: 'again',");
    await eventually(async () => expect(stack.output()).toContain('not rebuilt: '));
    expect(stack.output()).toContain('discovery.lambda.ts:');
    expect(await health()).toMatchObject({ status: 'again' });
    edit(DISCOVERY, "{{ status: 'again',", "{ status: 'mended',");
    await eventually(async () => expect(await health()).toMatchObject({ status: 'mended' }));
  });

  test('a change of the infrastructure says that it needs a new start', async () => {
    edit('lib/gateway/gateway.ts', "description: 'Models'", "description: 'The models'");
    await eventually(async () =>
      expect(stack.output()).toContain('lib/gateway/gateway.ts changed: start again to apply it'),
    );
  });
});
