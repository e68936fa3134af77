import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { laptopSuite } from '../support/deployed-stage.ts';
import { docsBlocks } from '../support/docs-blocks.ts';
import { ownE2e } from '../support/e2e.ts';

/** Where Node finds the packages of a block: those of the clients, then the project's own. */
const FOLDER = 'test/clients/node_modules/.docs';
const run = promisify(execFile);
const blocksOf = (language: string): readonly string[] => docsBlocks('docs/gateway.md', language);

const [exported, ...pasted] = blocksOf('sh');
/** A call is listed a moment after it ended. */
const LISTED = `until command curl -s "$BASE/v1/keys/$KEY_ID/usage" -H "authorization: Bearer $ADMIN" | grep -q '"object":"call"'; do sleep 0.2; done`;
const readsCalls = (block: string): boolean => block.includes('/v1/calls?');
const object = z.record(z.string(), z.unknown());
const hasPython =
  spawnSync('python3', ['-c', 'import openai, anthropic'], { stdio: 'ignore' }).status === 0;

laptopSuite('docs/gateway.md', 'its commands are for the stack of a laptop', () => {
  // It sets tiers, routes and prices of the whole project.
  const e2e = ownE2e();
  let env: NodeJS.ProcessEnv = {};
  let said = '';

  beforeAll(async () => {
    await e2e.start();
    env = { ...process.env, BASE: e2e.stack.baseUrl, ADMIN: e2e.stack.adminKey };
    expect(exported).toContain('export BASE=');
    const script = [
      'set -euo pipefail',
      'curl() { command curl --fail-with-body "$@"; echo; }',
      ...pasted.flatMap((block) => (readsCalls(block) ? [LISTED, block] : [block])),
      'echo "KEY=$KEY"',
    ].join('\n');
    ({ stdout: said } = await run('bash', ['-c', script], { env }));
    env = { ...env, KEY: /^KEY=(slk_\S+)$/m.exec(said)?.[1] };
    mkdirSync(FOLDER, { recursive: true });
  });
  afterAll(async () => {
    rmSync(FOLDER, { recursive: true, force: true });
    await e2e.stop();
  });

  const answers = (): readonly Record<string, unknown>[] =>
    said
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => object.parse(JSON.parse(line)));

  test('its commands run as they are pasted, one after the other', () => {
    expect(pasted.length).toBeGreaterThan(4);
    expect(env['KEY']).toMatch(/^slk_test_/);
    expect(said).toContain('chat.completion');
    expect(said).toContain('hour,key_id,model');
  });

  test('the calls that it asks for, of a key and of a user, are there', () => {
    const kinds = z.array(z.looseObject({ object: z.string() }));
    const lists = answers()
      .filter((one) => one['object'] === 'list')
      .map(({ data }) => new Set(kinds.parse(data).map((row) => row.object)));
    expect(lists.filter((list) => list.has('call'))).toHaveLength(2);
  });

  test('the key and the usage that it shows have the fields that are there', () => {
    const shown = blocksOf('json').map((block) => object.parse(JSON.parse(block)));
    for (const kind of ['key', 'usage']) {
      const example = shown.find((one) => one['object'] === kind);
      const real = answers().find((one) => one['object'] === kind);
      expect(Object.keys(real ?? {})).toEqual(
        expect.arrayContaining(Object.keys(example ?? { missing: true })),
      );
    }
  });

  test('its TypeScript passes a strict compiler', async () => {
    const files = blocksOf('ts').map((block, index) => {
      const file = `${FOLDER}/${index}.mts`;
      writeFileSync(file, block);
      return file;
    });
    const strict = ['--strict', '--noUncheckedIndexedAccess', '--noEmit', '--skipLibCheck'];
    const ours = ['--module', 'nodenext', '--target', 'es2024', '--types', 'node'];
    const args = ['--ignoreConfig', ...strict, ...ours, ...files];
    const problems = await run('node_modules/.bin/tsc', args).then(
      () => '',
      (error: unknown) => z.object({ stdout: z.string() }).parse(error).stdout,
    );
    expect(problems).toBe('');
  });

  describe.each(blocksOf('ts').map((block, index) => ({ block, index })))(
    'its TypeScript',
    ({ block, index }) => {
      const [, name = ''] = /from '([^']+)'/.exec(block) ?? [];
      test(`with ${name} is answered`, async () => {
        const file = `${FOLDER}/${index}.mjs`;
        writeFileSync(file, stripTypeScriptTypes(block));
        const { stdout } = await run(process.execPath, [file], { env });
        expect(stdout).toMatch(/Hello|is simulated/);
      });
    },
  );

  const python = hasPython ? test : test.skip;
  const missing = hasPython ? '' : ' (not checked here: pip install openai anthropic)';
  python.each(blocksOf('python'))(`its Python is answered${missing}: %#`, async (block) => {
    const { stdout } = await run('python3', ['-c', block], { env });
    expect(stdout).toMatch(/Hello|is simulated/);
  });
});
