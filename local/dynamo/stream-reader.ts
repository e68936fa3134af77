import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListStreamsCommand,
} from '@aws-sdk/client-dynamodb-streams';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import type { Matcher } from '../events/event-pattern.ts';
import { localCredentials } from './storage.ts';
import { deliverAll, type Delivery } from './stream-delivery.ts';
import { streamEvent, streamRecord, type StreamRecord } from './stream-records.ts';

/** Lambda asks four times a second. What is written meanwhile comes as one batch, not as a call of its own each. */
const PAUSE_MS = 100;
const SHARDS_MS = 1_000;
const RECORDS_MAX = 1_000;

export interface Mapping extends Delivery {
  /** Records that do not match are passed over. */
  readonly matches: Matcher;
  /** A batch that is not full waits so long for more. */
  readonly windowMs: number;
  /** Where the first start begins; a later one goes on where the last ended. */
  readonly startsAt: 'TRIM_HORIZON' | 'LATEST';
  readonly checkpointPath: string;
}

/** Sequence number of the last record that is done, by shard; empty: none of the shard's. */
type Checkpoint = Map<string, string>;

interface Shard {
  readonly client: DynamoDBStreamsClient;
  readonly arn: string;
  readonly id: string;
}

/**
 * Reads one table's stream for one function, as Lambda's event source mapping does, until `signal` aborts. Returns
 * when the place where it begins is fixed: whatever is written from then on is delivered.
 */
export const readStream = async (
  endpoint: string,
  mapping: Mapping,
  signal: AbortSignal,
): Promise<void> => {
  const client = new DynamoDBStreamsClient({
    endpoint,
    region: 'us-east-1',
    credentials: localCredentials,
  });
  void readShards(client, mapping, await beginning(client, mapping), signal);
};

const beginning = async (client: DynamoDBStreamsClient, mapping: Mapping): Promise<Checkpoint> => {
  const done: Checkpoint = new Map(Object.entries(readCheckpoint(mapping.checkpointPath)));
  if (mapping.startsAt === 'TRIM_HORIZON' || existsSync(mapping.checkpointPath)) return done;
  for (const shard of await shardsOf(client, mapping.table)) done.set(shard.id, await endOf(shard));
  writeCheckpoint(mapping.checkpointPath, done);
  return done;
};

const readShards = async (
  client: DynamoDBStreamsClient,
  mapping: Mapping,
  done: Checkpoint,
  signal: AbortSignal,
): Promise<void> => {
  const readers = new Set<string>();
  while (!signal.aborted) {
    try {
      for (const shard of await shardsOf(client, mapping.table)) {
        if (readers.has(shard.id)) continue;
        readers.add(shard.id);
        void readShard(shard, mapping, done, signal).catch((error: unknown) => {
          readers.delete(shard.id);
          if (!signal.aborted) mapping.onError(error);
        });
      }
    } catch (error) {
      if (!signal.aborted) mapping.onError(error);
    }
    await sleep(SHARDS_MS, undefined, { signal }).catch(() => undefined);
  }
};

const shardsOf = async (
  client: DynamoDBStreamsClient,
  table: string,
): Promise<readonly Shard[]> => {
  const { Streams } = await client.send(new ListStreamsCommand({ TableName: table }));
  const arn = Streams?.[0]?.StreamArn;
  if (arn === undefined) return [];
  const described = await client.send(new DescribeStreamCommand({ StreamArn: arn }));
  return (described.StreamDescription?.Shards ?? []).flatMap(({ ShardId }) =>
    ShardId === undefined ? [] : [{ client, arn, id: ShardId }],
  );
};

/** The last record that is there now. */
const endOf = async (shard: Shard): Promise<string> => {
  let last = '';
  let iterator = await iteratorOf(shard, '');
  while (iterator !== undefined) {
    const page = await pageOf(shard, iterator);
    last = page.Records?.at(-1)?.dynamodb?.SequenceNumber ?? last;
    iterator = (page.Records ?? []).length === 0 ? undefined : page.NextShardIterator;
  }
  return last;
};

const readShard = async (
  shard: Shard,
  mapping: Mapping,
  done: Checkpoint,
  signal: AbortSignal,
): Promise<void> => {
  let last = done.get(shard.id) ?? '';
  let iterator = await iteratorOf(shard, last);
  let waiting: StreamRecord[] = [];
  let windowEndMs = 0;
  while (iterator !== undefined && !signal.aborted) {
    const page = await pageOf(shard, iterator);
    const records = page.Records ?? [];
    if (waiting.length === 0) windowEndMs = Date.now() + mapping.windowMs;
    for (const record of records) {
      const event = streamEvent(record, mapping.table);
      if (mapping.matches(event)) waiting.push(streamRecord(record, event));
    }
    last = records.at(-1)?.dynamodb?.SequenceNumber ?? last;
    if (waiting.length >= mapping.batchSize || Date.now() >= windowEndMs) {
      await deliverAll(mapping, shard.id, waiting, signal);
      if (signal.aborted) return;
      waiting = [];
    }
    // What waits for more is read again by the next process.
    if (waiting.length === 0 && done.get(shard.id) !== last) {
      done.set(shard.id, last);
      writeCheckpoint(mapping.checkpointPath, done);
    }
    iterator = page.NextShardIterator;
    if (records.length < RECORDS_MAX)
      await sleep(PAUSE_MS, undefined, { signal }).catch(() => undefined);
  }
};

const pageOf = async ({ client }: Shard, iterator: string) =>
  await client.send(new GetRecordsCommand({ ShardIterator: iterator, Limit: RECORDS_MAX }));

const iteratorOf = async (
  { client, arn, id }: Shard,
  after: string,
): Promise<string | undefined> => {
  const answer = await client.send(
    new GetShardIteratorCommand({
      StreamArn: arn,
      ShardId: id,
      ...(after === ''
        ? { ShardIteratorType: 'TRIM_HORIZON' }
        : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: after }),
    }),
  );
  return answer.ShardIterator;
};

const readCheckpoint = (path: string): Record<string, string> =>
  existsSync(path)
    ? z.record(z.string(), z.string()).parse(JSON.parse(readFileSync(path, 'utf8')))
    : {};

const writeCheckpoint = (path: string, done: Checkpoint): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.new`, JSON.stringify(Object.fromEntries(done)));
  renameSync(`${path}.new`, path);
};
