import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import * as z from 'zod';
import { laptopTest } from '../support/deployed-stage.ts';
import type { E2e } from '../support/e2e.ts';
import { eventually } from '../support/stack.ts';

const LOCAL = 'npm start is of a laptop';

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** What a newcomer reads, pastes and ends. */
export const firstMinutesTests = (e2e: E2e): void => {
  laptopTest('the three lines that a start prints work as they are pasted', LOCAL, async () => {
    await eventually(async () =>
      expect(await Promise.resolve(e2e.stack.output())).toContain('npm run tour'),
    );
    const lines = e2e.stack
      .output()
      .split('\n')
      .filter((line) => /^ {3}(KEY=|OPENAI_|curl )/.test(line));
    expect(lines).toHaveLength(3);
    const pasted = await promisify(execFile)('bash', ['-c', lines.join('\n')]);
    expect(pasted.stderr).toBe('');
    const [secret, answer, usage] = pasted.stdout.trim().split('\n');
    expect(secret).toMatch(/^slk_test_/);
    expect(answer).toBe('Hello');
    expect(JSON.parse(usage ?? '')).toMatchObject({ object: 'usage' });
  });

  laptopTest(
    'a SIGTERM to npm ends the stack and its storage',
    LOCAL,
    async () => {
      const stateDir = mkdtempSync(join(tmpdir(), 'sluice-npm-'));
      const npm = spawn('npm', ['start', '--', '--port', '0', '--state-dir', stateDir], {
        stdio: 'ignore',
      });
      try {
        const file = join(stateDir, 'local.json');
        await eventually(
          async () => expect(await Promise.resolve(existsSync(file))).toBe(true),
          60_000,
        );
        const pids = [
          z.object({ pid: z.number() }).parse(JSON.parse(readFileSync(file, 'utf8'))).pid,
          Number(readFileSync(join(stateDir, 'engine.pid'), 'utf8')),
        ];
        expect(pids.map(isAlive)).toEqual([true, true]);
        npm.kill('SIGTERM');
        await eventually(async () =>
          expect(await Promise.resolve(pids.map(isAlive))).toEqual([false, false]),
        );
      } finally {
        npm.kill('SIGTERM');
      }
    },
    90_000,
  );
};
