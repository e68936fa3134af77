import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { localCredentials, storageClient } from '../../local/storage.ts';
import { s3FailedRecords } from '../../ops/adapters/s3-failed-records.ts';
import { parseFailedBatch } from '../../ops/formats/invocation-record.ts';
import { laptopSuite } from '../support/deployed-stage.ts';
import { runOps, runOpsJson } from '../support/run-ops.ts';
import { eventually, startStack, type Stack } from '../support/stack.ts';

const OWN_FILES =
  'it plants faults in the files of a laptop; test/deploy runs the tools on a stage';
let stack: Stack;
let tables: DynamoDBDocumentClient;
let bucket: S3Client;
const mintedKey = z.looseObject({ id: z.string(), secret: z.string() });
const local = () =>
  z
    .object({
      admin_key: z.string(),
      environment: z.record(z.string(), z.string()),
      outputs: z.record(z.string(), z.string()),
    })
    .parse(JSON.parse(readFileSync(join(stack.stateDir, 'local.json'), 'utf8')));

beforeAll(async () => {
  stack = await startStack();
  tables = DynamoDBDocumentClient.from(
    storageClient(local().environment['AWS_ENDPOINT_URL_DYNAMODB'] ?? ''),
  );
  bucket = new S3Client({
    region: 'us-east-1',
    endpoint: local().environment['AWS_ENDPOINT_URL_S3'] ?? '',
    credentials: localCredentials,
  });
});
afterAll(async () => await stack.stop());

const ops = async (args: readonly string[], input = '') =>
  await runOps(stack.stateDir, args, input);
const opsJson = async <T>(schema: z.ZodType<T>, ...args: readonly string[]): Promise<T> =>
  await runOpsJson(stack.stateDir, schema, ...args);

const api = async (method: string, path: string, key: string, body?: unknown): Promise<Response> =>
  await fetch(`${stack.baseUrl}${path}`, {
    method,
    headers: { authorization: `Bearer ${key}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
const adminKey = () => local().admin_key;
const mint = async () => {
  const answer = await api('POST', '/v1/keys', adminKey(), { name: 'ops', max_spend_usd: 1 });
  return mintedKey.parse(await answer.json());
};
const call = async (secret: string, model = 'gpt-4o-mini'): Promise<Response> =>
  await api('POST', '/v1/chat/completions', secret, {
    model,
    max_tokens: 16,
    messages: [{ role: 'user', content: 'hello' }],
  });

const reconciled = z.object({
  keys: z.number(),
  differing: z.number(),
  reports: z.array(
    z.looseObject({
      key_id: z.string(),
      events: z.number(),
      spent_nano_usd: z.number(),
      settled_nano_usd: z.number(),
      difference_nano_usd: z.number(),
      wrong_hours: z.array(z.looseObject({ figures: z.array(z.string()), repaired: z.boolean() })),
      is_clean: z.boolean(),
    }),
  ),
});
const replayed = z.object({
  objects: z.number(),
  repaired: z.number(),
  already: z.number(),
  failed: z.array(z.looseObject({ failure: z.string() })),
});
const hourRow = (keyId: string) => ({
  TableName: local().outputs['UsageTableName'],
  Key: { pk: `KEY#${keyId}`, sk: `HOUR#${new Date().toISOString().slice(0, 13)}` },
});
const storedItem = z.looseObject({ sk: z.string() });
const itemsOf = async (pk: string) => {
  const found = await Promise.all(
    ['KeysTableName', 'UsageTableName'].map(async (output) => {
      const table = local().outputs[output];
      const { Items = [] } = await tables.send(
        new QueryCommand({
          TableName: table,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': pk },
        }),
      );
      return Items.map((item) => ({ ...storedItem.parse(item), table }));
    }),
  );
  return found.flat();
};
const failures = () => s3FailedRecords(bucket, local().outputs['FailedRecordsBucketName'] ?? '');
const failedRecords = async (): Promise<readonly unknown[]> => {
  const names = await failures().list();
  const batches = await Promise.all(names.map(async (name) => await failures().read(name)));
  return batches.flatMap((batch) => parseFailedBatch(batch).records);
};
const putFailed = async (name: string, content: string): Promise<void> => {
  const Bucket = local().outputs['FailedRecordsBucketName'];
  await bucket.send(new PutObjectCommand({ Bucket, Key: name, Body: content }));
};

laptopSuite('verify', OWN_FILES, () => {
  test('walks through a working stack and says each check', async () => {
    const { code, out } = await ops(['verify']);
    for (const name of ['health', 'mint', 'call', 'cap', 'usage', 'revoke'])
      expect(out).toMatch(new RegExp(`^ok   ${name}`, 'm'));
    expect(out).toMatch(/402 request_exceeds_budget/);
    expect(code).toBe(0);
  });

  test('a model that is not there fails the call, and the exit code says so', async () => {
    const { code, out } = await ops(['verify', '--model', 'no-such-model', '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      ok: false,
      checks: [
        { name: 'health', ok: true },
        { name: 'mint', ok: true },
        { name: 'call', ok: false, detail: 'the stage has no model no-such-model' },
      ],
    });
  });
});

laptopSuite('admin-key', OWN_FILES, () => {
  test('show prints the key that works', async () => {
    const { out } = await ops(['admin-key', 'show']);
    expect(out.trim()).toBe(stack.adminKey);
  });

  test('rotate prints a new one; the old one ends with its grace, and the files of the stack know the new one', async () => {
    const graceful = (await ops(['admin-key', 'rotate', '--grace-seconds', '600'])).out.trim();
    expect((await api('GET', '/v1/keys', stack.adminKey)).status).toBe(200);
    expect((await api('GET', '/v1/keys', graceful)).status).toBe(200);
    const next = (await ops(['admin-key', 'rotate'])).out.trim();
    expect((await api('GET', '/v1/keys', graceful)).status).toBe(401);
    expect((await api('GET', '/v1/keys', next)).status).toBe(200);
    expect(local().admin_key).toBe(next);
    expect((await ops(['admin-key', 'show'])).out.trim()).toBe(next);
  });
});

laptopSuite('provider-key', OWN_FILES, () => {
  test('set takes the key from stdin, and no command prints it', async () => {
    const secret = 'sk-planted-provider-key';
    const set = await ops(
      ['provider-key', 'set', 'acme', '--base-url', 'http://127.0.0.1:9/v1'],
      `${secret}\n`,
    );
    expect(set.code).toBe(0);
    const list = await ops(['provider-key', 'list']);
    const json = await ops(['provider-key', 'list', '--json']);
    expect(list.out).toMatch(/acme\s+key set\s+http:\/\/127\.0\.0\.1:9\/v1/);
    expect(list.out).toMatch(/openai\s+simulated/);
    for (const { out, err } of [set, list, json]) expect(out + err).not.toContain(secret);
    const stored = readFileSync(join(stack.stateDir, 'secrets.json'), 'utf8');
    expect(stored).toContain(secret);
    await ops(['provider-key', 'remove', 'acme']);
    expect((await ops(['provider-key', 'list'])).out).not.toContain('acme');
  });

  test('an empty key is refused', async () => {
    const { code, err } = await ops(['provider-key', 'set', 'openai'], '\n');
    expect(code).toBe(2);
    expect(err).toContain('No key was given');
  });
});

laptopSuite('replay and reconcile', OWN_FILES, () => {
  test('a poisoned hour fails alone into the bucket; after the fix replay makes roll-ups equal settlements, and a second replay changes nothing', async () => {
    const poisoned = await mint();
    const healthy = await mint();
    await tables.send(
      new UpdateCommand({
        ...hourRow(poisoned.id),
        UpdateExpression: 'SET cost = :poison',
        ExpressionAttributeValues: { ':poison': 'poison' },
      }),
    );
    for (const { secret } of [poisoned, healthy, poisoned]) await call(secret);
    await eventually(async () => {
      const reports = await opsJson(reconciled, 'reconcile', '--key', healthy.id);
      expect(reports).toMatchObject({ differing: 0, reports: [{ events: 1 }] });
    }, 40_000);
    await eventually(async () => {
      expect(await failedRecords()).toHaveLength(2);
    }, 40_000);

    const still = await opsJson(replayed, 'replay');
    expect(still.repaired).toBe(0);
    expect(still.failed.length).toBeGreaterThan(0);

    await tables.send(
      new UpdateCommand({ ...hourRow(poisoned.id), UpdateExpression: 'REMOVE cost' }),
    );
    const copies = new Map<string, string>();
    for (const name of await failures().list()) copies.set(name, await failures().read(name));
    expect(await opsJson(replayed, 'replay')).toMatchObject({
      repaired: 2,
      already: 0,
      failed: [],
    });
    expect(await failures().list()).toEqual([]);
    const after = await opsJson(reconciled, 'reconcile', '--key', poisoned.id);
    expect(after).toMatchObject({
      differing: 0,
      reports: [{ events: 2, difference_nano_usd: 0, wrong_hours: [] }],
    });
    expect(after.reports[0]?.spent_nano_usd).toBeGreaterThan(0);

    for (const [name, content] of copies) await putFailed(name, content);
    expect(await opsJson(replayed, 'replay')).toMatchObject({
      repaired: 0,
      already: 2,
      failed: [],
    });
    expect(await opsJson(reconciled, 'reconcile', '--key', poisoned.id)).toEqual(after);
  });

  test('an object that is no invocation record stays, is named, and the exit code says so', async () => {
    await putFailed('aws/stranger', '{"requestContext":{}}');
    const { code, out } = await ops(['replay']);
    expect(code).toBe(1);
    expect(out).toContain('aws/stranger');
    expect(await failures().list()).toEqual(['aws/stranger']);
    await failures().remove('aws/stranger');
  });

  test('a wrong roll-up is told figure by figure, rebuilt from its events by --repair, and then agrees', async () => {
    const key = await mint();
    for (let calls = 0; calls < 3; calls++) await call(key.secret);
    await eventually(async () => {
      expect(await opsJson(reconciled, 'reconcile', '--key', key.id)).toMatchObject({
        differing: 0,
        reports: [{ events: 3 }],
      });
    });
    await tables.send(
      new UpdateCommand({
        ...hourRow(key.id),
        UpdateExpression: 'ADD requests :two, ghost :two',
        ExpressionAttributeValues: { ':two': 2 },
      }),
    );
    const told = await ops(['reconcile', '--key', key.id]);
    expect(told.code).toBe(1);
    expect(told.out).toMatch(/differs: ghost, requests/);
    const repaired = await opsJson(reconciled, 'reconcile', '--key', key.id, '--repair');
    expect(repaired).toMatchObject({
      differing: 0,
      reports: [{ wrong_hours: [{ repaired: true }] }],
    });
    const all = await ops(['reconcile']);
    expect(all.out).toMatch(/0 differ\.$/m);
    expect(all.code).toBe(0);
  });
});

laptopSuite('items', OWN_FILES, () => {
  test('carry the version of their layout, and one from before it is served as ever', async () => {
    const key = await mint();
    await call(key.secret);
    await api('POST', `/v1/calls/req_${key.id.slice(4)}${'0'.repeat(26)}/cancel`, key.secret);
    await eventually(async () => {
      expect(await opsJson(reconciled, 'reconcile', '--key', key.id)).toMatchObject({
        reports: [{ events: 1 }],
      });
    });
    const items = await itemsOf(`KEY#${key.id}`);
    const kinds = items.map(({ sk }) => sk.split('#')[0]);
    expect(new Set(kinds)).toEqual(new Set(['STATE', 'PROFILE', 'CALL', 'HOUR', 'CANCEL']));
    for (const item of items) expect(item, item.sk).toMatchObject({ schema: 1 });

    for (const { sk, table } of items)
      await tables.send(
        new UpdateCommand({
          TableName: table,
          Key: { pk: `KEY#${key.id}`, sk },
          UpdateExpression: 'REMOVE #schema',
          ExpressionAttributeNames: { '#schema': 'schema' },
        }),
      );
    expect((await call(key.secret)).status).toBe(200);
    await eventually(async () => {
      expect(await opsJson(reconciled, 'reconcile', '--key', key.id)).toMatchObject({
        differing: 0,
        reports: [{ events: 2 }],
      });
    });
    expect((await api('DELETE', `/v1/keys/${key.id}`, adminKey())).status).toBe(200);
  });
});

laptopSuite('errors', OWN_FILES, () => {
  test.each([
    [['reconcile', '--key', 'key_0000000000000000'], 'There is no key key_0000000000000000.'],
    [['verify', '--local', '--stage', 'x'], 'Say --stage or --local, not both.'],
    [['admin-key', 'rotate', '--grace-seconds', 'soon'], 'graceSeconds'],
    [['nonsense'], 'unknown command'],
  ])('%j ends with 2 and says why', async (args, message) => {
    const { code, err } = await ops(args);
    expect(code).toBe(2);
    expect(err).toContain(message);
    expect(err).not.toMatch(/^\s+at /m);
  });
});
