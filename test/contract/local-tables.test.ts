import {
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type AttributeValue,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  ListStreamsCommand,
} from '@aws-sdk/client-dynamodb-streams';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expiringTables, sweepExpired } from '../../local/dynamo/expiry.ts';
import { startStorage, type Storage } from '../../local/dynamo/storage.ts';
import { localCredentials, storageClient } from '../../local/dynamo/storage-client.ts';
import { createTables } from '../../local/dynamo/tables.ts';
import type { Resource } from '../../local/template.ts';

const stateDir = mkdtempSync(join(tmpdir(), 'sluice-tables-'));
let storage: Storage;
let client: DynamoDBClient;
beforeAll(async () => {
  storage = await startStorage(stateDir, process.env['DYNAMODB_ENDPOINT']);
  client = storageClient(storage.endpoint);
});
afterAll(() => {
  storage.stop();
  rmSync(stateDir, { recursive: true, force: true });
});

const tableOf = (id: string, properties: Resource['properties'] = {}): Resource => ({
  id,
  type: 'AWS::DynamoDB::GlobalTable',
  properties: {
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    AttributeDefinitions: [
      { AttributeName: 'pk', AttributeType: 'S' },
      { AttributeName: 'sk', AttributeType: 'S' },
    ],
    TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
    ...properties,
  },
  assetPath: null,
  metadata: {},
});
const put = async (id: string, sk: string, more: Record<string, AttributeValue> = {}) =>
  await client.send(
    new PutItemCommand({ TableName: id, Item: { pk: { S: 'p' }, sk: { S: sk }, ...more } }),
  );
const isThere = async (id: string, sk: string): Promise<boolean> => {
  const Key = { pk: { S: 'p' }, sk: { S: sk } };
  const { Item } = await client.send(new GetItemCommand({ TableName: id, Key }));
  return Item !== undefined;
};

test('an expired item is deleted; one that lives, and one without a time, stay; a table that is gone is reported', async () => {
  const tables = [tableOf('Expiring')];
  await createTables(storage.endpoint, tables);
  const nowMs = 1_800_000_000_000;
  const at = (seconds: number) => ({ ttl: { N: String(1_800_000_000 + seconds) } });
  const expired = Array.from({ length: 30 }, (_, index) => `expired ${index}`);
  for (const sk of expired) await put('Expiring', sk, at(-1));
  await put('Expiring', 'living', at(1));
  await put('Expiring', 'lasting');
  const failed: string[] = [];
  const deps = {
    endpoint: storage.endpoint,
    onError: (tableId: string) => void failed.push(tableId),
    signal: new AbortController().signal,
  };
  await sweepExpired(deps, expiringTables([tableOf('Gone'), ...tables]), nowMs);
  expect(failed).toEqual(['Gone']);
  for (const sk of expired) expect(await isThere('Expiring', sk)).toBe(false);
  expect(await isThere('Expiring', 'living')).toBe(true);
  expect(await isThere('Expiring', 'lasting')).toBe(true);
});

test('a table of an older state gets the index and the stream that the template has by now', async () => {
  await createTables(storage.endpoint, [tableOf('Grown')]);
  await put('Grown', 'old', { owner: { S: 'ada' }, title: { S: 't' }, text: { S: 'x' } });
  const grown = tableOf('Grown', {
    AttributeDefinitions: [
      { AttributeName: 'pk', AttributeType: 'S' },
      { AttributeName: 'sk', AttributeType: 'S' },
      { AttributeName: 'owner', AttributeType: 'S' },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: 'owners',
        KeySchema: [{ AttributeName: 'owner', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['title'] },
      },
    ],
    StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
  });
  await createTables(storage.endpoint, [grown]);
  await createTables(storage.endpoint, [grown]);
  const { Items } = await client.send(
    new QueryCommand({
      TableName: 'Grown',
      IndexName: 'owners',
      KeyConditionExpression: '#owner = :owner',
      ExpressionAttributeNames: { '#owner': 'owner' },
      ExpressionAttributeValues: { ':owner': { S: 'ada' } },
    }),
  );
  expect(Items).toEqual([
    { pk: { S: 'p' }, sk: { S: 'old' }, owner: { S: 'ada' }, title: { S: 't' } },
  ]);
  const streams = new DynamoDBStreamsClient({
    endpoint: storage.endpoint,
    region: 'us-east-1',
    credentials: localCredentials,
  });
  const { Streams } = await streams.send(new ListStreamsCommand({ TableName: 'Grown' }));
  const StreamArn = Streams?.[0]?.StreamArn;
  const described = await streams.send(new DescribeStreamCommand({ StreamArn }));
  expect(described.StreamDescription?.StreamViewType).toBe('NEW_AND_OLD_IMAGES');
});
