import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../../support/stack.ts';

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** As npm runs a script; the second command keeps the shell from becoming the first one. */
const asNpm = (script: string, env: NodeJS.ProcessEnv = {}, cwd = process.cwd()): ChildProcess =>
  spawn('sh', ['-c', `node scripts/run.mjs ${script}; true`], {
    cwd,
    env: { ...process.env, npm_lifecycle_event: 'start', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });

const firstWord = async (shell: ChildProcess): Promise<number> => {
  if (shell.stdout === null) throw new Error('its output is not piped');
  const [said]: unknown[] = await once(shell.stdout, 'data');
  return Number(String(said));
};

test('a SIGTERM to npm, which reaches its shell alone, ends the program behind it', async () => {
  const shell = asNpm('test/support/fixture-handlers/lives-on.ts');
  const pid = await firstWord(shell);
  expect(isAlive(pid)).toBe(true);
  shell.kill('SIGTERM');
  await eventually(async () => expect(isAlive(pid)).toBe(false));
});

test.each([
  [{ npm_config_port: 'true' }, '4001', 'npm start -- --port 4001\n'],
  [{ npm_config_state_dir: 'x' }, '', 'npm start -- --state-dir x\n'],
  [{ npm_config_stage: 'true', npm_lifecycle_event: 'ops' }, 'usage prod', '-- --stage ...\n'],
  [
    { npm_config_port: 'true', npm_config_state_dir: 'true' },
    '0 x',
    'kept --port, --state-dir for itself. Options come after two dashes: npm start -- --port ... --state-dir ...\n',
  ],
  [{ npm_config_fresh: 'true', npm_config_port: '4001' }, '', 'npm start -- --port 4001 --fresh\n'],
])(
  'options that npm has kept for itself are named, each with its value where that is sure: %j',
  (env, args, words) => {
    const done = spawnSync('node', ['scripts/run.mjs', 'no-such-file.ts', ...args.split(' ')], {
      env: { ...process.env, npm_lifecycle_event: 'start', ...env },
      encoding: 'utf8',
    });
    expect([done.status, done.stderr]).toEqual([1, expect.stringContaining(words)]);
  },
);

const folder = mkdtempSync(join(tmpdir(), 'sluice-run-'));

/** A folder in which nothing is installed, and an npm that says with what it was asked. */
beforeAll(() => {
  cpSync('scripts', join(folder, 'scripts'), { recursive: true });
  writeFileSync(join(folder, 'package-lock.json'), '{}');
  mkdirSync(join(folder, 'bin'));
  const npm = join(folder, 'bin', 'npm');
  writeFileSync(
    npm,
    `#!/bin/sh\necho $$ > ${folder}/pid\necho "$@" > ${folder}/args\nexec sleep 600\n`,
  );
  chmodSync(npm, 0o755);
});
afterAll(() => rmSync(folder, { recursive: true }));

test.runIf(process.platform === 'linux' && process.arch === 'x64').each([
  ['local/start.ts', '--omit=dev --ignore-scripts'],
  ['ops/ops.ts', '--omit=dev --ignore-scripts'],
  ['scripts/test.ts', 'ci --ignore-scripts'],
])('%s installs what it needs, and its end ends the installation', async (file, args) => {
  rmSync(join(folder, 'args'), { force: true });
  const path = `${folder}/bin:${process.env['PATH'] ?? ''}`;
  const shell = asNpm(file, { PATH: path }, folder);
  const said = (name: string): string => readFileSync(join(folder, name), 'utf8');
  await eventually(async () => expect(await Promise.resolve(said('args'))).toContain(args));
  const pid = Number(said('pid'));
  expect(isAlive(pid)).toBe(true);
  shell.kill('SIGTERM');
  await eventually(async () => expect(isAlive(pid)).toBe(false));
});
