import { execFile } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect } from 'vitest';
import { laptopTest } from '../support/deployed-stage.ts';
import { sharedE2e } from '../support/e2e.ts';
import { eventually, startStack } from '../support/stack.ts';

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
    .filter((line) => /^ {3}(KEY=|curl |npm run -s ops -- usage)/.test(line));
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

laptopTest('the tours are printed as they find this stack', LOCAL, async () => {
  await eventually(async () =>
    expect(await Promise.resolve(e2e.stack.output())).toContain('npm run tour'),
  );
  const printed = e2e.stack.output();
  const folder = /^ {3}npm run -s ops -- usage(.*)$/m.exec(printed)?.[1];
  expect(folder).toMatch(/^ --state-dir \S+$/);
  for (const tour of ['tour', 'tour:sre'])
    expect(printed.split('\n')).toContain(`   npm run ${tour} --${folder ?? ''}`);
});

const CRASH = JSON.stringify({
  resourceLogs: [
    {
      scopeLogs: [
        {
          logRecords: [
            { severityNumber: 21, body: { stringValue: 'Out of memory: Killed process 4123' } },
          ],
        },
      ],
    },
  ],
});

laptopTest(
  'so do the lines for a service: its exporter is let in, and the last one shows what was found',
  LOCAL,
  async () => {
    await eventually(async () =>
      expect(await Promise.resolve(e2e.stack.output())).toContain('npm run tour'),
    );
    const lines = e2e.stack
      .output()
      .split('\n')
      .filter((line) => /^ {3}(INGEST_KEY=|export |npm run -s ops -- anomalies)/.test(line));
    const look = lines.at(-1) ?? '';
    // What an SDK does by these variables, in one call of curl.
    const send = `test "$OTEL_EXPORTER_OTLP_PROTOCOL $OTEL_SERVICE_NAME" = "http/protobuf my-service" && curl -sf "$OTEL_EXPORTER_OTLP_ENDPOINT/v1/logs" -H "\${OTEL_EXPORTER_OTLP_HEADERS/=/: }" -H 'content-type: application/json' -d '${CRASH}'`;
    const sent = await promisify(execFile)('bash', [
      '-c',
      [...lines.slice(0, -1), send].join('\n'),
    ]);
    expect(sent.stderr).toBe('');
    expect(sent.stdout).toMatch(/^slk_test_\S+\n\{/);
    await eventually(async () => {
      const { stdout } = await promisify(execFile)('bash', ['-c', look]);
      expect(stdout).toMatch(
        /^band +service +kind +score .*\n[^]*^(high|critical) +.+ oom +0\.\d{3} .+ran out of memory/m,
      );
    });
  },
);

laptopTest('Ctrl-C ends all of it in order, and says where the state stays', LOCAL, async () => {
  const stack = await startStack({}, undefined, '0', { leads: true });
  const { stateDir, pid } = stack;
  const engine = Number(readFileSync(join(stateDir, 'engine.pid'), 'utf8'));
  process.kill(-pid, 'SIGINT');
  await eventually(async () => expect(await Promise.resolve(stack.isAlive())).toBe(false));
  const lines = stack.output().trimEnd().split('\n');
  expect(lines.at(-1)).toBe(
    `Sluice has ended. Its state stays in ${stateDir}: the next start continues with it (--fresh forgets it).`,
  );
  expect(lines.at(-2)).toMatch(/Ctrl-C ends it|^$/);
  await eventually(async () => await expect(alive(engine)).rejects.toThrow('ESRCH'));
  rmSync(stateDir, { recursive: true });
});

const alive = async (pid: number): Promise<boolean> => await Promise.resolve(process.kill(pid, 0));
