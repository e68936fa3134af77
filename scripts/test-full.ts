/** The tests whose sizes the test command suits to the machine, at their full sizes: it may take many minutes. */
import { runTests } from './run-tests.ts';

process.env['SLUICE_FULL_SIZES'] = '1';
const { passed, failed } = await runTests(
  '--reporter=default',
  '--project=stack',
  '--testTimeout=3600000',
  'test/e2e/money',
  'test/e2e/storm',
  'test/e2e/threads-scale',
  'test/clients/example-chat',
);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
