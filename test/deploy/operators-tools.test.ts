import { unmarshall } from '@aws-sdk/util-dynamodb';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { invocationRecord } from '../../local/lambda/invocation-record.ts';
import { runOps } from '../support/run-ops.ts';
import { eventually } from '../support/stack.ts';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import { output } from './support/deployed.ts';
import { mustRun, words } from './support/run.ts';
import { caller, deployment, type Caller } from './support/stage.ts';

const CALLS = 3;
/** 9 input and 20 output tokens of gpt-4o-mini. */
const COST_NANO_USD = 13_350;

const reconciled = z.object({
  keys: z.number(),
  differing: z.number(),
  reports: z.array(
    z.looseObject({
      events: z.number(),
      spent_nano_usd: z.number(),
      difference_nano_usd: z.number(),
      is_invariant_broken: z.boolean(),
    }),
  ),
});
const replayed = z.object({
  objects: z.number(),
  repaired: z.number(),
  already: z.number(),
  failed: z.array(z.unknown()),
});
const image = z.record(z.string(), z.record(z.string(), z.unknown()));

let upstream: Upstream;
let user: Caller;
beforeAll(async () => {
  upstream = await startUpstream();
  user = await caller();
});
afterAll(() => upstream.stop());

/** As a person types it: the stage by its name, whatever else is left to what CloudFormation names. */
const ops = async (...args: readonly string[]) =>
  await runOps(deployment.folder, [...args, '--stage', deployment.stage]);
const opsJson = async <T>(schema: z.ZodType<T>, ...args: readonly string[]): Promise<T> => {
  const { out, err } = await ops(...args, '--json');
  expect(err).toBe('');
  return schema.parse(JSON.parse(out));
};
/** The last word may hold blanks. */
const aws = async (line: string, ...last: readonly string[]): Promise<unknown> => {
  const text = await mustRun('aws', [...words(`--output json ${line}`), ...last]);
  return text === '' ? null : JSON.parse(text);
};
const called = async (): Promise<string> => {
  const key = await user.mint();
  for (let count = 0; count < CALLS; count++)
    expect((await user.chat(key.secret, 'hi')).status).toBe(200);
  await eventually(async () => {
    const { reports } = await opsJson(reconciled, 'reconcile', '--key', key.id);
    expect(reports).toMatchObject([{ events: CALLS }]);
  }, 60_000);
  return key.id;
};

test('admin-key shows what the output of the stack shows', async () => {
  const shown = await ops('admin-key', 'show');
  expect([shown.code, shown.out.trim()]).toEqual([0, user.adminKey]);
});

test('provider-key lists the providers by name, and no key', async () => {
  const listed = await ops('provider-key', 'list');
  expect(listed.code).toBe(0);
  for (const name of ['openai', 'anthropic']) expect(listed.out).toContain(name);
  expect(listed.out).not.toContain('sk-upstream');
});

test('reconcile finds that books of calls that nobody disturbed agree, and no broken ledger in the whole stage', async () => {
  const keyId = await called();
  const own = await ops('reconcile', '--key', keyId);
  expect([own.code, own.out]).toEqual([0, expect.stringContaining('difference 0')]);
  const all = await opsJson(reconciled, 'reconcile');
  expect(all.keys).toBeGreaterThan(5);
  expect(all.reports.filter((report) => report.is_invariant_broken)).toEqual([]);
  // Never charged less than what the books show.
  expect(all.reports.filter((report) => report.difference_nano_usd < 0)).toEqual([]);
});

test('replay gives a settlement that usage lost back to it, once', async () => {
  const key = await user.mint();
  expect((await user.chat(key.secret, 'hi')).status).toBe(200);
  const report = async () => (await opsJson(reconciled, 'reconcile', '--key', key.id)).reports[0];
  await eventually(async () => expect(await report()).toMatchObject({ events: 1 }), 60_000);
  await loseUsage(key.id);
  expect(await report()).toMatchObject({ events: 0, difference_nano_usd: COST_NANO_USD });
  const bucket = output(deployment, 'FailedRecordsBucketName');
  const path = join(deployment.folder, 'failed.json');
  const { name, text } = await failedRecord(key.id);
  writeFileSync(path, text);
  const put = words(`s3api put-object --bucket ${bucket} --key ${name} --body ${path}`);
  await mustRun('aws', put);
  const found = { objects: 1, failed: [] };
  expect(await opsJson(replayed, 'replay')).toEqual({ ...found, repaired: 1, already: 0 });
  expect(await report()).toMatchObject({ events: 1, difference_nano_usd: 0 });
  await mustRun('aws', put);
  expect(await opsJson(replayed, 'replay')).toEqual({ ...found, repaired: 0, already: 1 });
  expect(await report()).toMatchObject({ events: 1, difference_nano_usd: 0 });
  expect(await opsJson(replayed, 'replay')).toMatchObject({ objects: 0 });
});

test('verify finds a stage that works, after all that was done to it', async () => {
  const verified = await ops('verify');
  expect(verified.code, verified.out + verified.err).toBe(0);
});

/** Takes the usage event of a key's only call, and its hour, away. */
const loseUsage = async (keyId: string): Promise<void> => {
  const table = output(deployment, 'UsageTableName');
  const found = z
    .looseObject({ Items: z.array(image) })
    .parse(
      await aws(
        `dynamodb query --table-name ${table} --key-condition-expression pk=:pk --expression-attribute-values`,
        JSON.stringify({ ':pk': { S: `KEY#${keyId}` } }),
      ),
    );
  for (const { pk, sk } of found.Items)
    if (/^(CALL|HOUR)#/.test(String(sk?.['S'])))
      await aws(`dynamodb delete-item --table-name ${table} --key`, JSON.stringify({ pk, sk }));
};

/** What Lambda leaves in the bucket when the roll-up failed on the key's latest settlement for good. */
const failedRecord = async (keyId: string) => {
  const found = z
    .looseObject({ Item: image })
    .parse(
      await aws(
        `dynamodb get-item --table-name ${output(deployment, 'KeysTableName')} --key`,
        JSON.stringify({ pk: { S: `KEY#${keyId}` }, sk: { S: 'STATE' } }),
      ),
    );
  expect(unmarshall(JSON.parse(JSON.stringify(found.Item)))).toMatchObject({ write: 'settle' });
  const { pk, sk } = found.Item;
  const event = {
    eventID: '1',
    eventName: 'MODIFY',
    eventSource: 'aws:dynamodb',
    dynamodb: {
      Keys: { pk, sk },
      OldImage: found.Item,
      NewImage: found.Item,
      SequenceNumber: '1',
    },
  };
  return invocationRecord({
    mappingId: 'mapping',
    functionId: 'InferenceRollUpUsage',
    table: 'Keys',
    shardId: 'shard',
    invokeCount: 6,
    records: [
      { sequence: '1', createdAtMs: Date.now(), item: '', text: JSON.stringify(event), bytes: 0 },
    ],
    atMs: Date.now(),
  });
};
