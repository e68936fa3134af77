import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { docsBlocks } from '../support/docs-blocks.ts';
import { sharedE2e } from '../support/e2e.ts';
import { eventually } from '../support/stack.ts';

const run = promisify(execFile);
const PACKAGE = resolve('clients/node');
const EXAMPLE = 'example.ts';

describe('the package of the typed client', () => {
  const e2e = sharedE2e();
  let folder = '';

  /** A program's folder with the packed package in it, as npm installs it. */
  beforeAll(async () => {
    await e2e.start();
    folder = mkdtempSync(join(tmpdir(), 'sluice-program-'));
    const installed = join(folder, 'node_modules', '@sluice', 'client');
    mkdirSync(installed, { recursive: true });
    const { stdout } = await run('npm', ['pack', '--silent', '--pack-destination', folder], {
      cwd: PACKAGE,
    });
    const packed = join(folder, stdout.trim().split('\n').at(-1) ?? '');
    await run('tar', ['-xf', packed, '--strip-components=1', '-C', installed]);
    symlinkSync(resolve('node_modules/@types'), join(folder, 'node_modules', '@types'));
    symlinkSync(resolve('node_modules/undici-types'), join(folder, 'node_modules', 'undici-types'));
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(folder, EXAMPLE), docsBlocks('clients/node/README.md', 'ts').join('\n'));
  });
  afterAll(async () => {
    rmSync(join(PACKAGE, 'dist'), { recursive: true, force: true });
    if (folder !== '') rmSync(folder, { recursive: true });
    await e2e.stop();
  });

  test('the example of its README runs', async () => {
    const { baseUrl, adminKey } = e2e.stack;
    const env = { ...process.env, SLUICE_URL: baseUrl, SLUICE_ADMIN_KEY: adminKey };
    // A call may be listed later than the example waits for it.
    await eventually(async () => {
      const { stdout } = await run(process.execPath, [EXAMPLE], { cwd: folder, env });
      expect(stdout).toMatch(/^gpt-4o-mini: \d+ micro-USD$/m);
    });
  });

  test('its types pass the compiler with the checks of libraries on, and find what is wrong', async () => {
    const wrong = [
      "sluice.createKey({ body: { nam: 'ada' } })",
      'sluice.createKey()',
      'sluice.getKey()',
      "sluice.listKeys({ query: { status: 'gone' } })",
      "sluice.listKeys({ filter: { 'metadata.plan': 'pro' } })",
      "sluice.threads.send('thread_1', { content: 'hello' })",
      "new SluiceError({ status: 402, code: 'key_cap_exeeded', message: '' })",
    ];
    writeFileSync(
      join(folder, 'wrong.ts'),
      [
        "import { SluiceError, type Sluice } from '@sluice/client';",
        'declare const sluice: Sluice;',
        ...wrong.map((line) => `// @ts-expect-error\n${line};`),
      ].join('\n'),
    );
    const options =
      '--noEmit --strict --exactOptionalPropertyTypes --skipLibCheck false --module nodenext --target es2024 --types node';
    const said = await run(
      resolve('node_modules/.bin/tsc'),
      [...options.split(' '), EXAMPLE, 'wrong.ts'],
      {
        cwd: folder,
      },
    ).catch((error: unknown) => error);
    expect(said).toMatchObject({ stdout: '' });
  });
});

test('what is generated of the client is what the generator makes of the contract today', async () => {
  const { stdout } = await run(process.execPath, ['scripts/build-client.ts', '--check']);
  expect(stdout).toBe('The client is that of the contract.\n');
});
