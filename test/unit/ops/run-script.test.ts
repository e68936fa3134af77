import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { eventually } from '../../support/stack.ts';

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test('a SIGTERM to npm, which reaches its shell alone, ends the program behind it', async () => {
  // As npm runs a script; the second command keeps the shell from becoming the first one.
  const shell = spawn(
    'sh',
    ['-c', 'node scripts/run.mjs test/support/fixture-handlers/lives-on.ts; true'],
    { env: { ...process.env, npm_lifecycle_event: 'start' }, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [said]: unknown[] = await once(shell.stdout, 'data');
  const pid = Number(String(said));
  expect(isAlive(pid)).toBe(true);
  shell.kill('SIGTERM');
  await eventually(async () => expect(isAlive(pid)).toBe(false));
});
