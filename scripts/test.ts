/** The test command: formatting, lint, types, then every suite. Its last line is `N passed, N failed`. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { installClients } from './install-clients.ts';

const CHECKS = [
  ['format', 'oxfmt', ['--check', '.']],
  ['lint', 'oxlint', ['--type-aware', '--deny-warnings']],
  ['types', 'tsc', []],
  ['unused code and packages', 'knip', ['--no-progress']],
] as const;

const CLIENT_TYPES = ['types of the clients', 'tsc', ['-p', 'test/clients']] as const;

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

const hasClients = installClients();
let passed = 0;
let failed = 0;
for (const [name, command, args] of hasClients ? [...CHECKS, CLIENT_TYPES] : CHECKS) {
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
