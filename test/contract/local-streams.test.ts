import { PutItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { startStorage, type Storage } from '../../local/dynamo/storage.ts';
import { storageClient } from '../../local/dynamo/storage-client.ts';
import { readStream } from '../../local/dynamo/stream-reader.ts';
import { streamWire } from '../../local/dynamo/stream-wire.ts';
import { ObjectText } from '../../local/json-text.ts';
import { createTables } from '../../local/dynamo/tables.ts';
import { assert } from '../../lambdas/shared/assert.ts';
import { functionOf } from '../support/local-function.ts';
import { eventually } from '../support/stack.ts';

const TABLE = 'Streamed';
const stateDir = mkdtempSync(join(tmpdir(), 'sluice-streams-'));
const ending = new AbortController();
let storage: Storage;
let client: DynamoDBClient;
beforeAll(async () => {
  storage = await startStorage(stateDir, process.env['DYNAMODB_ENDPOINT']);
  client = storageClient(storage.endpoint);
  await createTables(storage.endpoint, [
    {
      id: TABLE,
      type: 'AWS::DynamoDB::GlobalTable',
      properties: {
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
      },
      assetPath: null,
      metadata: {},
    },
  ]);
});
afterAll(() => {
  ending.abort();
  storage.stop();
  rmSync(stateDir, { recursive: true, force: true });
});

const batch = z.object({
  Records: z.array(
    z.looseObject({
      dynamodb: z.looseObject({ Keys: z.object({ pk: z.object({ S: z.string() }) }) }),
    }),
  ),
});

const plain = (event: unknown): unknown =>
  event instanceof ObjectText ? JSON.parse(event.inOrder()) : event;

/** A reader of the table's stream, and the records that its function got. */
const reader = async (
  streams: ReturnType<typeof streamWire>,
  id: string,
  isWanted: (pk: string) => boolean = () => true,
) => {
  const got: z.infer<typeof batch>['Records'] = [];
  await readStream(
    streams,
    {
      table: TABLE,
      host: {
        config: functionOf('').host.config,
        invokeText: async (event) => {
          got.push(...batch.parse(JSON.parse(event)).Records);
          return await Promise.resolve(null);
        },
      },
      batchSize: 10,
      windowMs: 0,
      lanes: 1,
      startsAt: 'TRIM_HORIZON',
      retriesMax: 0,
      bisect: false,
      reportsFailures: true,
      matches: (event) =>
        isWanted(batch.parse({ Records: [plain(event)] }).Records[0]?.dynamodb.Keys.pk.S ?? ''),
      keepFailure: null,
      checkpointPath: join(stateDir, `${id}.json`),
      status: {
        id,
        table: TABLE,
        functionId: id,
        delivered: 0,
        failed: 0,
        lagMs: 0,
        lastDeliveredAtMs: null,
      },
      onError: (error) => expect.unreachable(String(error)),
    },
    ending.signal,
  );
  const names = () => got.map(({ dynamodb }) => dynamodb.Keys.pk.S);
  return { got, names };
};

const put = async (pk: string, item = {}) =>
  await client.send(new PutItemCommand({ TableName: TABLE, Item: { pk: { S: pk }, ...item } }));

test('a record reaches its function in the form that Lambda has: bytes in base64, times in whole seconds', async () => {
  const bytes = new Uint8Array([1, 2, 250]);
  await put('bytes', { b: { B: bytes }, list: { L: [{ M: { inner: { BS: [bytes] } } }] } });
  const { got } = await reader(streamWire(storage.endpoint, 1), 'Form', (pk) => pk === 'bytes');
  await eventually(async () => {
    expect(got).toMatchObject([
      {
        eventName: 'INSERT',
        awsRegion: 'us-east-1',
        eventSource: 'aws:dynamodb',
        eventSourceARN: expect.stringContaining(`table/${TABLE}/stream`),
        dynamodb: {
          Keys: { pk: { S: 'bytes' } },
          NewImage: { b: { B: 'AQL6' }, list: { L: [{ M: { inner: { BS: ['AQL6'] } } }] } },
          ApproximateCreationDateTime: expect.toSatisfy(Number.isInteger),
        },
      },
    ]);
    await Promise.resolve();
  });
});

test('two readers of one stream get each record once and in order, the one who passes most over too', async () => {
  const streams = streamWire(storage.endpoint, 2);
  const isNamed = (pk: string) => pk.startsWith('item ');
  const every = await reader(streams, 'Every', isNamed);
  const few = await reader(streams, 'Few', (pk) => isNamed(pk) && pk.endsWith('0'));
  const names = Array.from({ length: 60 }, (_, index) => `item ${index}`);
  for (const name of names) await put(name);
  await eventually(async () => {
    expect(every.names()).toEqual(names);
    expect(few.names()).toEqual(names.filter((name) => name.endsWith('0')));
    await Promise.resolve();
  });
});

test('a page is read once for two readers, also when one of them is several pages behind', async () => {
  await put('page 0');
  const streams = streamWire(storage.endpoint, 2, 60_000);
  const [shard] = await streams.shardsOf(TABLE);
  assert(shard !== undefined, 'the table has a stream');
  const from = await streams.iteratorAfter(shard, '');
  const pages = [await streams.page(from)];
  for (const name of ['page 1', 'page 2']) {
    await put(name);
    pages.push(await streams.page(pages.at(-1)?.next ?? ''));
  }
  const read = pages.flatMap(({ records }) => records);
  const behind = await streams.page(from);
  expect(behind.records).toHaveLength(read.length);
  // The very objects: nothing was parsed again.
  for (const [index, record] of behind.records.entries()) expect(record).toBe(read[index]);
  expect(behind.next).toBe(pages.at(-1)?.next);
});
