import * as z from 'zod';
import { engineCall, engineText } from './engine-call.ts';
import { wirePage, type WirePage } from './stream-records.ts';

const RECORDS_MAX = 1_000;
const TARGET = 'DynamoDBStreams_20120810';
/** How long a page is kept for the other reader of its table: under load its function works on an earlier one meanwhile. */
const SHARED_MS = 2_000;

const streamList = z.object({ Streams: z.array(z.object({ StreamArn: z.string() })) });
const streamDescription = z.object({
  StreamDescription: z.object({ Shards: z.array(z.object({ ShardId: z.string() })) }),
});
const shardIterator = z.object({ ShardIterator: z.string() });

export interface Shard {
  readonly arn: string;
  readonly id: string;
}

/** The streams of the storage engine. */
export interface StreamWire {
  /** None: the table has no stream. */
  shardsOf(table: string): Promise<readonly Shard[]>;
  /** The place after a sequence number; before the first record when it is empty. */
  iteratorAfter(shard: Shard, sequence: string): Promise<string>;
  /** A page is full when more may follow at once. */
  page(iterator: string): Promise<WirePage & { readonly isFull: boolean }>;
}

interface SharedPage {
  readonly reading: Promise<WirePage>;
  /** Readers that have not taken it yet. */
  waitingFor: number;
}

/**
 * One table's stream for so many readers: a page is read and parsed once for all of them, which is half of what a busy
 * table costs this process.
 */
export const streamWire = (endpoint: string, readers: number, sharedMs = SHARED_MS): StreamWire => {
  const call = async <T>(action: string, input: object, schema: z.ZodType<T>): Promise<T> =>
    schema.parse(await engineCall(endpoint, `${TARGET}.${action}`, input));
  const shared = new Map<string, SharedPage>();
  const read = async (iterator: string): Promise<WirePage> => {
    let isKept = false;
    try {
      const input = { ShardIterator: iterator, Limit: RECORDS_MAX };
      const page = wirePage(await engineText(endpoint, `${TARGET}.GetRecords`, input));
      // What is written after an empty page comes under the same iterator.
      isKept = page.records.length > 0;
      return page;
    } finally {
      if (!isKept) shared.delete(iterator);
      else if (shared.has(iterator)) setTimeout(() => shared.delete(iterator), sharedMs).unref();
    }
  };
  const take = async (iterator: string): Promise<WirePage> => {
    const page = shared.get(iterator) ?? { reading: read(iterator), waitingFor: readers };
    page.waitingFor -= 1;
    if (page.waitingFor === 0) shared.delete(iterator);
    else shared.set(iterator, page);
    return await page.reading;
  };
  return {
    shardsOf: async (table) => {
      const { Streams } = await call('ListStreams', { TableName: table }, streamList);
      const arn = Streams[0]?.StreamArn;
      if (arn === undefined) return [];
      const described = await call('DescribeStream', { StreamArn: arn }, streamDescription);
      return described.StreamDescription.Shards.map(({ ShardId }) => ({ arn, id: ShardId }));
    },
    iteratorAfter: async ({ arn, id }, sequence) => {
      const from =
        sequence === ''
          ? { ShardIteratorType: 'TRIM_HORIZON' }
          : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: sequence };
      const input = { StreamArn: arn, ShardId: id, ...from };
      return (await call('GetShardIterator', input, shardIterator)).ShardIterator;
    },
    page: async (iterator) => {
      let { records, next } = await take(iterator);
      let isFull = records.length === RECORDS_MAX;
      // A reader that is behind takes at once what the other one has read meanwhile.
      while (next !== null && shared.has(next) && records.length < RECORDS_MAX) {
        const more = await take(next);
        next = more.next;
        isFull = more.records.length === RECORDS_MAX;
        if (more.records.length === 0) break;
        records = [...records, ...more.records];
      }
      return { records, next, isFull };
    },
  };
};
