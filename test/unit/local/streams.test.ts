import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { deliver, deliverAll, type Delivery } from '../../../local/dynamo/stream-delivery.ts';
import { wirePage, type StreamRecord } from '../../../local/dynamo/stream-records.ts';
import { parseFailedBatch } from '../../../ops/formats/invocation-record.ts';
import { functionOf } from '../../support/local-function.ts';
import { streamRecordOf } from '../../support/stream-record.ts';

const batchSchema = z.object({
  Records: z.array(
    z.object({
      dynamodb: z.object({ SequenceNumber: z.string(), ApproximateCreationDateTime: z.number() }),
    }),
  ),
});
const CREATED = new Date('2026-11-24T12:00:00.700Z');
const changeOf = (SequenceNumber: string, change: object = {}): StreamRecord => {
  const ApproximateCreationDateTime = CREATED.getTime() / 1_000;
  const dynamodb = { SequenceNumber, ApproximateCreationDateTime, Keys: null, ...change };
  return streamRecordOf({ eventName: 'MODIFY', dynamodb }, 'Keys');
};
const records = (...numbers: readonly string[]): StreamRecord[] =>
  numbers.map((number) => changeOf(number));

/** A mapping to a function that says which records fail: whole batches, or one by one. */
const mappingTo = (
  answer: (numbers: readonly string[]) => unknown,
  fields: Partial<Delivery> = {},
) => {
  const batches: string[][] = [];
  const objects = new Map<string, string>();
  const events: z.infer<typeof batchSchema>[] = [];
  const { config } = functionOf('').host;
  const mapping: Delivery = {
    table: 'Keys',
    host: {
      config,
      invokeText: async (event) => {
        const batch = batchSchema.parse(JSON.parse(event));
        events.push(batch);
        const numbers = batch.Records.map((record) => record.dynamodb.SequenceNumber);
        batches.push(numbers);
        return await Promise.resolve(answer(numbers));
      },
    },
    batchSize: 10,
    retriesMax: 1,
    bisect: true,
    lanes: 1,
    reportsFailures: true,
    keepFailure: async (name, text) => {
      objects.set(name, text);
      await Promise.resolve();
    },
    status: {
      id: 'M',
      table: 'Keys',
      functionId: 'F',
      delivered: 0,
      failed: 0,
      lagMs: 0,
      lastDeliveredAtMs: null,
    },
    onError: () => undefined,
    ...fields,
  };
  return { mapping, batches, events, objects };
};
const failing =
  (...poison: readonly string[]) =>
  (numbers: readonly string[]) => {
    if (numbers.some((number) => poison.includes(number))) throw new Error('poison');
  };
const run = async (mapping: Delivery, list: readonly StreamRecord[]): Promise<void> =>
  await deliver(mapping, 'shard-1', list, new AbortController().signal);
/** Records of every object in the bucket, read as the replay reads them. */
const kept = (objects: ReadonlyMap<string, string>): unknown[] =>
  [...objects.values()].flatMap((text) => parseFailedBatch(text).records);

describe('a batch of stream records', () => {
  test('reaches the function once, with times in seconds as Lambda has them', async () => {
    const { mapping, batches, events } = mappingTo(() => null);
    await run(mapping, records('1', '2'));
    expect(batches).toEqual([['1', '2']]);
    expect(events[0]?.Records[0]?.dynamodb.ApproximateCreationDateTime).toBe(
      Math.floor(CREATED.getTime() / 1_000),
    );
    expect(mapping.status).toMatchObject({ delivered: 2, failed: 0 });
    expect(mapping.status.lagMs).toBeGreaterThan(0);
  });

  test('comes again from the first record that the function reports, and not before it', async () => {
    let isFirst = true;
    const { mapping, batches } = mappingTo(() => {
      const failures = isFirst ? [{ itemIdentifier: '3' }, { itemIdentifier: '2' }] : [];
      isFirst = false;
      return { batchItemFailures: failures };
    });
    await run(mapping, records('1', '2', '3', '4'));
    expect(batches).toEqual([
      ['1', '2', '3', '4'],
      ['2', '3', '4'],
    ]);
    expect(mapping.status.delivered).toBe(4);
  });

  test('that fails whole is halved until the poison is alone: it is kept for replay, the others arrive in order', async () => {
    const { mapping, batches, objects } = mappingTo(failing('3'));
    await run(mapping, records('1', '2', '3', '4', '5'));
    expect(batches).toEqual([
      ['1', '2', '3', '4', '5'],
      ['1', '2', '3'],
      ['1', '2'],
      ['3'],
      ['3'],
      ['4', '5'],
    ]);
    expect(kept(objects)).toMatchObject([
      { eventName: 'MODIFY', dynamodb: { SequenceNumber: '3' } },
    ]);
    expect(mapping.status).toMatchObject({ delivered: 4, failed: 1 });
    const [[name, text] = ['', '']] = objects;
    expect(name).toMatch(
      /^aws\/lambda\/M\/shard-1\/\d{4}\/\d\d\/\d\d\/\d{4}-\d\d-\d\dT\d\d\.\d\d\.\d\d-/,
    );
    expect(JSON.parse(text)).toMatchObject({
      requestContext: { condition: 'RetryAttemptsExhausted', approximateInvokeCount: 2 },
      DDBStreamBatchInfo: { shardId: 'shard-1', startSequenceNumber: '3', batchSize: 1 },
    });
  });

  test('is tried no more often than the template says, and without halving when it says so', async () => {
    const { mapping, batches, objects } = mappingTo(failing('1'), { bisect: false, retriesMax: 2 });
    await run(mapping, records('1', '2'));
    expect(batches).toHaveLength(3);
    expect(kept(objects)).toHaveLength(2);
  });

  test('whose function reports an id that nobody sent fails whole', async () => {
    const { mapping, batches, objects } = mappingTo(() => ({
      batchItemFailures: [{ itemIdentifier: '' }],
    }));
    await run(mapping, records('1'));
    expect(batches).toHaveLength(2);
    expect(kept(objects)).toHaveLength(1);
  });
});

describe('a stream of records', () => {
  const all = async (mapping: Delivery, list: readonly StreamRecord[]): Promise<void> =>
    await deliverAll(mapping, 'shard-1', list, new AbortController().signal);

  test('comes in batches of the size that the template says', async () => {
    const { mapping, batches } = mappingTo(() => null, { batchSize: 2 });
    await all(mapping, records('1', '2', '3', '4', '5'));
    expect(batches).toEqual([['1', '2'], ['3', '4'], ['5']]);
  });

  test('never makes an event over 6 MB: large records come in smaller batches', async () => {
    const { mapping, batches } = mappingTo(() => null, { batchSize: 100 });
    const NewImage = { text: { S: 'x'.repeat(2_500_000) } };
    await all(
      mapping,
      ['1', '2', '3'].map((number) => changeOf(number, { NewImage })),
    );
    expect(batches).toEqual([['1', '2'], ['3']]);
  });

  test('is handled side by side by item, and in order for each item', async () => {
    const keyOf = (number: string) => ({ Keys: { pk: { S: `item ${Number(number) % 3}` } } });
    const numbers = Array.from({ length: 30 }, (_, index) => String(index));
    const { promise: together, resolve } = Promise.withResolvers<void>();
    const running = new Set<string>();
    const { mapping, batches } = mappingTo(
      async ([number = '']) => {
        running.add(number);
        if (running.size > 1) resolve();
        await together;
        running.delete(number);
      },
      { batchSize: 1, lanes: 10 },
    );
    await all(
      mapping,
      numbers.map((number) => changeOf(number, keyOf(number))),
    );
    const order = batches.flat();
    for (const item of [0, 1, 2])
      expect(order.filter((number) => Number(number) % 3 === item)).toEqual(
        numbers.filter((number) => Number(number) % 3 === item),
      );
    expect(order).toHaveLength(30);
  });

  test('whose mapping takes no reports is done when the function returns, whatever it returns', async () => {
    const { mapping, batches } = mappingTo(
      () => ({ batchItemFailures: [{ itemIdentifier: '1' }] }),
      {
        reportsFailures: false,
      },
    );
    await all(mapping, records('1', '2'));
    expect(batches).toEqual([['1', '2']]);
  });

  test('is handed on as the wire has it, with the ARN of the stream', () => {
    const change = {
      Keys: { pk: { S: 'k' } },
      NewImage: { b: { B: 'AQL6' }, list: { L: [{ M: { inner: { BS: ['AQL6'] } } }] } },
    };
    expect(JSON.parse(changeOf('1', change).text)).toMatchObject({
      awsRegion: 'us-east-1',
      eventSourceARN: expect.stringContaining('table/Keys/stream'),
      dynamodb: change,
    });
  });

  test('is of the same item, and has the same text, in whatever order its attributes come', () => {
    const one = changeOf('1', {
      Keys: { pk: { S: 'p' }, sk: { S: 's' } },
      NewImage: { a: { M: { x: { N: '1' }, y: { L: [{ M: { m: { S: '' }, n: { S: '' } } }] } } } },
    });
    const other = changeOf('1', {
      NewImage: { a: { M: { y: { L: [{ M: { n: { S: '' }, m: { S: '' } } }] }, x: { N: '1' } } } },
      Keys: { sk: { S: 's' }, pk: { S: 'p' } },
    });
    expect(other).toEqual(one);
  });

  test.each([
    ['no page', '[]'],
    ['no records', '{"NextShardIterator":"a"}'],
    ['a record without a change', '{"Records":[{"eventName":"INSERT"}]}'],
    ['a record without a place', '{"Records":[{"dynamodb":{"Keys":{},"StreamViewType":""}}]}'],
    ['half a page', '{"Records":[{"dynamodb":{"SequenceNumber":"1"'],
  ])('that has %s is refused', (_, text) => {
    expect(() => wirePage(text)).toThrow(/record|JSON|object/);
  });
});
