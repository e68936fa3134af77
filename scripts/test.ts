/** The test command: formatting, lint, types, then every suite. Its last line is `N passed, N failed`. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { chromium } from './chromium.ts';
import { installFolder } from './install-folder.ts';

const CHECKS = [
  ['format', 'oxfmt', ['--check', '.']],
  ['lint', 'oxlint', ['--type-aware', '--deny-warnings']],
  ['types', 'tsc', []],
  ['unused code and packages', 'knip', ['--no-progress']],
] as const;

/**
 * Folders that keep packages of their own. The clients that the dialects are tested with ask for peers of 300 MB that no
 * test needs; the example is what people copy.
 */
const FOLDERS = ['test/clients', 'examples/chat'] as const;

/** By the exit code of the template check. */
const TEMPLATE_RESULTS = ['passed', 'FAILED', 'not checked, see above'];

const report = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numTotalTestSuites: z.number(),
  success: z.boolean(),
});

const run = (command: string, args: readonly string[]): boolean => {
  const { status } = spawnSync(join('node_modules', '.bin', command), args, { stdio: 'inherit' });
  return status === 0;
};

if (spawnSync('java', ['-version'], { stdio: 'ignore' }).status !== 0)
  console.log('Java is missing: the storage contract does not run on DynamoDB Local.');

if (!existsSync('node_modules/@dynoxide'))
  console.log('Dynoxide has no binary here: the storage contract does not run on it.');

const browser = chromium();
if (browser.kind === 'missing')
  console.log(`Chromium is missing (${browser.reason}): the example page is not checked.`);

const installed = FOLDERS.filter(installFolder);
const folderTypes = installed.map(
  (folder) => [`types of ${folder}`, 'tsc', ['-p', folder]] as const,
);
let passed = 0;
let failed = 0;
for (const [name, command, args] of [...CHECKS, ...folderTypes]) {
  const ok = run(command, args);
  console.log(`${name}: ${ok ? 'passed' : 'FAILED'}`);
  if (ok) passed += 1;
  else failed += 1;
}
const templates = spawnSync(process.execPath, ['scripts/lint-templates.ts'], { stdio: 'inherit' });
console.log(`templates: ${TEMPLATE_RESULTS[templates.status ?? 1] ?? 'FAILED'}`);
if (templates.status === 0) passed += 1;
else if (templates.status !== 2) failed += 1;
const file = join(mkdtempSync(join(tmpdir(), 'sluice-test-')), 'report.json');
run('vitest', [
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${file}`,
  ...process.argv.slice(2),
]);
const suites = report.parse(JSON.parse(readFileSync(file, 'utf8')));
passed += suites.numPassedTests;
failed += suites.numFailedTests;
if (!suites.success && suites.numFailedTests === 0) failed += 1;
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
