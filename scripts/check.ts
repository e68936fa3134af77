/**
 * What to run before a commit: formatting, lint, types, unused code, and the tests that start nothing. It needs the
 * packages of this folder alone. Its last line is `N passed, N failed`.
 */
import { availableParallelism } from 'node:os';
import { runTests } from './run-tests.ts';
import { passes, staticChecks } from './static-checks.ts';

// Some wait for servers of their own: one more than there are cores keeps those busy.
const workers = availableParallelism() + 1;
const tests = runTests('--project=quick', '--reporter=dot', `--maxWorkers=${workers}`);
let failedChecks = 0;
const checks = staticChecks();
for (const check of checks) if (!(await passes(check))) failedChecks += 1;
const { passed, failed } = await tests;
console.log(`${passed + checks.length - failedChecks} passed, ${failed + failedChecks} failed`);
process.exitCode = failed + failedChecks === 0 ? 0 : 1;
