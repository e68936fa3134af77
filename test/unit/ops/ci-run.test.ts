import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const hasBash = spawnSync('bash', ['--version'], { stdio: 'ignore' }).status === 0;

/** Prints a line of figures between other lines, and ends with a code. */
const suite = (figures: string, code: number): string =>
  `node -e "console.log('first'); console.log('${figures}'); process.exitCode = ${code}"`;
const CRASH = `node -e "console.log('first'); process.kill(process.pid, 'SIGKILL')"`;

/** What `.ci/run` says at its end, and whether it ends well, in a project with these two suites. */
const ended = (test: string, deploy: string) => {
  const project = mkdtempSync(join(tmpdir(), 'sluice-ci-'));
  cpSync('.ci', join(project, '.ci'), { recursive: true });
  const scripts = { test, 'test:deploy': deploy };
  writeFileSync(join(project, 'package.json'), JSON.stringify({ scripts }));
  const { status, stdout } = spawnSync(join(project, '.ci', 'run'), { encoding: 'utf8' });
  const lines = stdout.trimEnd().split('\n');
  return {
    isFine: status === 0,
    figures: lines.filter((line) => /^\d+ passed, \d+ failed$/.test(line)),
    last: lines.at(-1),
    text: stdout,
  };
};

describe.skipIf(!hasBash)('the figures of CI', () => {
  test('are the sums of both suites, on the last line and on no other', () => {
    const both = ended(suite('40 passed, 0 failed', 0), suite('2 passed, 0 failed', 0));
    expect(both).toMatchObject({ isFine: true, figures: ['42 passed, 0 failed'] });
    expect(both.last).toBe('42 passed, 0 failed');
  });

  test('a failure in either suite fails, and the other still counts', () => {
    const first = ended(suite('40 passed, 1 failed', 1), suite('2 passed, 0 failed', 0));
    expect(first).toMatchObject({ isFine: false, last: '42 passed, 1 failed' });
    const second = ended(suite('40 passed, 0 failed', 0), suite('1 passed, 3 failed', 1));
    expect(second).toMatchObject({ isFine: false, last: '41 passed, 3 failed' });
  });

  test('a suite that dies before its figures is a failure, with every exit code', () => {
    const fine = suite('40 passed, 0 failed', 0);
    for (const broken of [CRASH, suite('no figures', 0), suite('no figures', 2)])
      expect(ended(fine, broken)).toMatchObject({ isFine: false, last: '40 passed, 1 failed' });
    expect(ended(CRASH, suite('2 passed, 0 failed', 0)).last).toBe('2 passed, 1 failed');
  });

  test('a suite that ends badly after good figures is a failure', () => {
    const first = ended(suite('40 passed, 0 failed', 3), suite('2 passed, 0 failed', 2));
    expect(first).toMatchObject({ isFine: false, last: '42 passed, 2 failed' });
  });

  test('a deployment that could not be tested counts as nothing, and says so', () => {
    const answer = ended(suite('40 passed, 0 failed', 0), suite('0 passed, 0 failed', 2));
    expect(answer).toMatchObject({ isFine: true, last: '40 passed, 0 failed' });
    expect(answer.text).toContain('npm run test:deploy counts for nothing here');
  });

  test('nothing that passed is no success', () => {
    const nothing = suite('0 passed, 0 failed', 0);
    expect(ended(nothing, nothing).isFine).toBe(false);
  });
});
