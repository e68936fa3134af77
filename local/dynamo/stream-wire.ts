import * as z from 'zod';
import { engineCall } from './engine-call.ts';
import { wireRecord } from './stream-records.ts';

const RECORDS_MAX = 1_000;
/** How long a page is kept for the other reader of its table, who asks within one pause of this one. */
const SHARED_MS = 500;

const streamList = z.object({ Streams: z.array(z.object({ StreamArn: z.string() })) });
const streamDescription = z.object({
  StreamDescription: z.object({ Shards: z.array(z.object({ ShardId: z.string() })) }),
});
const shardIterator = z.object({ ShardIterator: z.string() });
const recordPage = z.object({
  Records: z.array(wireRecord),
  /** Absent or null: the shard has ended. */
  NextShardIterator: z.string().nullish(),
});
export type RecordPage = z.infer<typeof recordPage>;

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
  page(iterator: string): Promise<RecordPage & { readonly isFull: boolean }>;
}

export const streamWire = (endpoint: string): StreamWire => {
  const call = async <T>(action: string, input: object, schema: z.ZodType<T>): Promise<T> =>
    schema.parse(await engineCall(endpoint, `DynamoDBStreams_20120810.${action}`, input));
  const shared = new Map<string, Promise<RecordPage>>();
  const read = async (iterator: string): Promise<RecordPage> => {
    let keptMs = 0;
    try {
      const input = { ShardIterator: iterator, Limit: RECORDS_MAX };
      const page = await call('GetRecords', input, recordPage);
      // What is written after an empty page comes under the same iterator.
      if (page.Records.length > 0) keptMs = SHARED_MS;
      return page;
    } finally {
      if (keptMs === 0) shared.delete(iterator);
      else setTimeout(() => shared.delete(iterator), keptMs).unref();
    }
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
      const reading = shared.get(iterator) ?? read(iterator);
      shared.set(iterator, reading);
      const { Records, NextShardIterator } = await reading;
      return { Records, NextShardIterator, isFull: Records.length === RECORDS_MAX };
    },
  };
};
