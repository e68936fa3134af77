import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readReport } from './test-report.ts';

export interface Figures {
  readonly passed: number;
  readonly failed: number;
}

/** Runs the tests that these arguments name. A run that fails for another reason than a test counts as one failure. */
export const runTests = async (...args: readonly string[]): Promise<Figures> => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-test-'));
  const file = join(folder, 'report.json');
  const child = spawn(
    join('node_modules', '.bin', 'vitest'),
    ['run', ...args, '--reporter=json', `--outputFile.json=${file}`],
    { stdio: 'inherit' },
  );
  await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', resolve);
  });
  const found = readReport(file);
  rmSync(folder, { recursive: true });
  const { numPassedTests: passed = 0, numFailedTests: failed = 0, success = false } = found ?? {};
  return { passed, failed: !success && failed === 0 ? 1 : failed };
};
