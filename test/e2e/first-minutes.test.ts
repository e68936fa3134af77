import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect } from 'vitest';
import { laptopTest } from '../support/deployed-stage.ts';
import { sharedE2e } from '../support/e2e.ts';
import { eventually } from '../support/stack.ts';

const LOCAL = 'npm start is of a laptop';

/** What a newcomer reads and pastes. */
const e2e = sharedE2e();
beforeAll(async () => await e2e.start());
afterAll(async () => await e2e.stop());

laptopTest('the three lines that a start prints work as they are pasted', LOCAL, async () => {
  await eventually(async () =>
    expect(await Promise.resolve(e2e.stack.output())).toContain('npm run tour'),
  );
  const lines = e2e.stack
    .output()
    .split('\n')
    .filter((line) => /^ {3}(KEY=|curl |npm run -s ops )/.test(line));
  expect(lines).toHaveLength(3);
  const pasted = await promisify(execFile)('bash', ['-c', lines.join('\n')]);
  expect(pasted.stderr).toBe('');
  const [secret, answer, usage] = pasted.stdout.trim().split('\n');
  expect(secret).toMatch(/^slk_test_/);
  expect(answer).toBe('"content":"Hello"');
  expect(usage).toMatch(/^ *user +calls/);
  await eventually(async () =>
    expect(await Promise.resolve(e2e.stack.output())).toMatch(
      /POST \/v1\/chat\/completions 200 \d+ ms {2}ada key_\w+ {2}gpt-4o-mini {2}\d+ in \d+ out {2}\$0\.\d{6} {2}req_/,
    ),
  );
});
