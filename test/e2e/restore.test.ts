import {
  CreateTableCommand,
  DescribeTableCommand,
  paginateScan,
  PutItemCommand,
  DeleteItemCommand,
  type DynamoDBClient,
  type TableDescription,
} from '@aws-sdk/client-dynamodb';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import * as z from 'zod';
import { storageClient } from '../../local/dynamo/storage-client.ts';
import { laptopTest } from '../support/deployed-stage.ts';
import { runOps, runOpsJson } from '../support/run-ops.ts';
import { eventually, startStack, type Stack } from '../support/stack.ts';

const localFile = z.object({
  environment: z.record(z.string(), z.string()),
  outputs: z.record(z.string(), z.string()),
});
const mintedKey = z.looseObject({ id: z.string(), secret: z.string() });
const ownKey = z.looseObject({ spent_micros: z.number() });
const reconciled = z.object({
  differing: z.number(),
  reports: z.array(z.looseObject({ difference_nano_usd: z.number(), events: z.number() })),
});

const localOf = (stack: Stack) =>
  localFile.parse(JSON.parse(readFileSync(join(stack.stateDir, 'local.json'), 'utf8')));
const tablesOf = (stack: Stack): DynamoDBClient =>
  storageClient(localOf(stack).environment['AWS_ENDPOINT_URL_DYNAMODB'] ?? '');

const api = async (stack: Stack, method: string, path: string, key: string, body?: unknown) =>
  await fetch(`${stack.baseUrl}${path}`, {
    method,
    headers: { authorization: `Bearer ${key}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
const call = async (stack: Stack, secret: string): Promise<number> => {
  const answer = await api(stack, 'POST', '/v1/chat/completions', secret, {
    model: 'gpt-4o-mini',
    max_tokens: 16,
    messages: [{ role: 'user', content: 'hello' }],
  });
  await answer.text();
  return answer.status;
};
const spentOf = async (stack: Stack, secret: string): Promise<number> =>
  ownKey.parse(await (await api(stack, 'GET', '/v1/key', secret)).json()).spent_micros;
const eventsOf = async (stack: Stack, keyId: string): Promise<number> =>
  (await runOpsJson(stack.stateDir, reconciled, 'reconcile', '--key', keyId)).reports[0]?.events ??
  0;

/** What a restore does: a new table with the keys, indexes and items of the old one, here with its stream. */
const restoreInto = async (client: DynamoDBClient, source: string, target: string) => {
  const { Table } = await client.send(new DescribeTableCommand({ TableName: source }));
  const made = await client.send(new CreateTableCommand(creation(Table ?? {}, target)));
  for await (const { Items = [] } of paginateScan({ client }, { TableName: source }))
    for (const Item of Items) await client.send(new PutItemCommand({ TableName: target, Item }));
  return made.TableDescription?.LatestStreamArn ?? '';
};

const creation = (table: TableDescription, TableName: string) => ({
  TableName,
  BillingMode: 'PAY_PER_REQUEST' as const,
  KeySchema: table.KeySchema,
  AttributeDefinitions: table.AttributeDefinitions,
  ...(table.GlobalSecondaryIndexes === undefined
    ? {}
    : {
        GlobalSecondaryIndexes: table.GlobalSecondaryIndexes.map(
          ({ IndexName, KeySchema, Projection }) => ({ IndexName, KeySchema, Projection }),
        ),
      }),
  StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' as const },
});

const threadView = z.looseObject({ id: z.string() });
const history = z.object({
  data: z.array(
    z.looseObject({
      seq: z.number(),
      content: z.array(z.looseObject({ text: z.string().optional() })),
    }),
  ),
});
const newThread = async (stack: Stack, secret: string): Promise<string> =>
  threadView.parse(await (await api(stack, 'POST', '/v1/threads', secret, {})).json()).id;
const say = async (stack: Stack, secret: string, threadId: string, content: string) => {
  const answer = await api(stack, 'POST', `/v1/threads/${threadId}/messages`, secret, {
    model: 'gpt-4o-mini',
    max_tokens: 16,
    content,
  });
  await answer.text();
  return answer.status;
};
const said = async (stack: Stack, secret: string, threadId: string): Promise<readonly string[]> => {
  const answer = await api(stack, 'GET', `/v1/threads/${threadId}/messages?order=asc`, secret);
  return history
    .parse(await answer.json())
    .data.map(({ seq, content }) => `${seq} ${content.map(({ text = '' }) => text).join('')}`);
};

laptopTest(
  'a stage that is pointed at restored Threads and Chunks goes on where they were: a turn that is lost gives its place to the next one',
  'it copies tables inside the engine of a laptop',
  async () => {
    const before = await startStack();
    const minted = await api(before, 'POST', '/v1/keys', before.adminKey, { name: 'threads' });
    const key = mintedKey.parse(await minted.json());
    const threadId = await newThread(before, key.secret);
    expect(await say(before, key.secret, threadId, 'kept')).toBe(200);
    const kept = await said(before, key.secret, threadId);
    expect(kept[0]).toBe('1 kept');
    const { outputs } = localOf(before);
    const client = tablesOf(before);
    const threads = outputs['ThreadsTableName'] ?? '';
    const streamArn = await restoreInto(client, threads, 'threads-restored');
    await restoreInto(client, outputs['ChunksTableName'] ?? '', 'chunks-restored');

    // Later than the restored moment: a turn, and a thread.
    expect(await say(before, key.secret, threadId, 'lost')).toBe(200);
    const lostThread = await newThread(before, key.secret);
    await before.stop();

    const restoreTables = {
      threads: { name: 'threads-restored', streamArn },
      chunks: { name: 'chunks-restored' },
    };
    const env = { CDK_CONTEXT_JSON: JSON.stringify({ restoreTables }) };
    const after = await startStack(env, before.stateDir);
    try {
      expect(await said(after, key.secret, threadId)).toEqual(kept);
      expect((await api(after, 'GET', `/v1/threads/${lostThread}`, key.secret)).status).toBe(404);
      expect(await say(after, key.secret, threadId, 'new')).toBe(200);
      const now = await said(after, key.secret, threadId);
      expect(now.slice(0, kept.length)).toEqual(kept);
      expect(now[2]).toBe('3 new');
      expect(now[3]).toMatch(/^4 ./);
      expect(now).toHaveLength(4);
    } finally {
      await after.stop();
    }
  },
);

laptopTest(
  'a stage that is pointed at a restored Keys table works: old secrets, no cap spent twice, settlements roll up',
  'it copies tables inside the engine of a laptop',
  async () => {
    const before = await startStack();
    const minted = await api(before, 'POST', '/v1/keys', before.adminKey, {
      name: 'restored',
      max_spend_usd: 1,
    });
    const key = mintedKey.parse(await minted.json());
    expect(await call(before, key.secret)).toBe(200);
    const spentThen = await spentOf(before, key.secret);
    const keysTable = localOf(before).outputs['KeysTableName'] ?? '';
    const client = tablesOf(before);
    const streamArn = await restoreInto(client, keysTable, 'keys-restored');

    // Later than the restored moment: a call, then the damage.
    expect(await call(before, key.secret)).toBe(200);
    const spentInAll = await spentOf(before, key.secret);
    await eventually(async () => expect(await eventsOf(before, key.id)).toBe(2));
    const state = { pk: { S: `KEY#${key.id}` }, sk: { S: 'STATE' } };
    await client.send(new DeleteItemCommand({ TableName: keysTable, Key: state }));
    expect(await call(before, key.secret)).toBe(401);
    await before.stop();

    const context = { restoreTables: { keys: { name: 'keys-restored', streamArn } } };
    const after = await startStack({ CDK_CONTEXT_JSON: JSON.stringify(context) }, before.stateDir);
    try {
      expect(localOf(after).outputs['KeysTableName']).toBe('keys-restored');
      const verified = await runOps(after.stateDir, ['verify']);
      expect(verified.out).toContain('The stack works.');
      expect(verified.code).toBe(0);
      expect(await spentOf(after, key.secret)).toBe(spentThen);

      const behind = await runOpsJson(after.stateDir, reconciled, 'reconcile', '--key', key.id);
      expect(behind.differing).toBe(1);
      expect(behind.reports[0]?.difference_nano_usd).toBeLessThan(0);
      const raised = await runOps(after.stateDir, ['reconcile', '--key', key.id, '--repair-spent']);
      expect(raised.code).toBe(0);
      expect(await spentOf(after, key.secret)).toBe(spentInAll);

      expect(await call(after, key.secret)).toBe(200);
      await eventually(async () => expect(await eventsOf(after, key.id)).toBe(3));
      const all = await runOpsJson(after.stateDir, reconciled, 'reconcile');
      expect(all.differing).toBe(0);
    } finally {
      await after.stop();
    }
  },
);
