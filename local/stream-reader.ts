import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListStreamsCommand,
  type _Record,
} from '@aws-sdk/client-dynamodb-streams';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import type { FunctionHost } from './function-host.ts';
import { invocationRecord } from './invocation-record.ts';
import { localCredentials } from './storage.ts';

const IDLE_MS = 100;
const RETRY_MS = 200;

/** How far one mapping is. */
export interface StreamStatus {
  readonly id: string;
  readonly table: string;
  readonly functionId: string;
  delivered: number;
  /** Records that failed for good. */
  failed: number;
  /** Age of the last record when it was delivered: AWS calls it iterator age. */
  lagMs: number;
  lastDeliveredAtMs: number | null;
}

export interface Mapping {
  readonly table: string;
  readonly host: Pick<FunctionHost, 'config' | 'invoke'>;
  readonly batchSize: number;
  readonly retriesMax: number;
  readonly bisect: boolean;
  /** Event filter patterns; one that matches is enough. */
  readonly patterns: readonly unknown[];
  /** Puts an object into the on-failure bucket; null: there is none. */
  readonly keepFailure: ((name: string, text: string) => Promise<void>) | null;
  readonly checkpointPath: string;
  readonly status: StreamStatus;
  readonly onError: (error: unknown) => void;
}

/** Reads one table's stream for one function, as Lambda's event source mapping does, until `signal` aborts. */
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
  const done = new Map(Object.entries(readCheckpoint(mapping.checkpointPath)));
  const readers = new Set<string>();
  while (!signal.aborted) {
    try {
      const { Streams } = await client.send(new ListStreamsCommand({ TableName: mapping.table }));
      const arn = Streams?.[0]?.StreamArn;
      const described =
        arn === undefined ? null : await client.send(new DescribeStreamCommand({ StreamArn: arn }));
      for (const { ShardId } of described?.StreamDescription?.Shards ?? []) {
        if (arn === undefined || ShardId === undefined || readers.has(ShardId)) continue;
        readers.add(ShardId);
        void readShard(client, arn, ShardId, mapping, done, signal).catch((error: unknown) => {
          readers.delete(ShardId);
          if (!signal.aborted) mapping.onError(error);
        });
      }
    } catch (error) {
      if (!signal.aborted) mapping.onError(error);
    }
    await sleep(1_000, undefined, { signal }).catch(() => undefined);
  }
};

const readShard = async (
  client: DynamoDBStreamsClient,
  arn: string,
  shard: string,
  mapping: Mapping,
  done: Map<string, string>,
  signal: AbortSignal,
): Promise<void> => {
  const seen = done.get(shard);
  let iterator = await iteratorOf(client, arn, shard, seen);
  while (iterator !== undefined && !signal.aborted) {
    const page = await client.send(
      new GetRecordsCommand({ ShardIterator: iterator, Limit: 1_000 }),
    );
    const records = page.Records ?? [];
    const wanted = records.filter((record) => matchesAny(mapping.patterns, record));
    for (let start = 0; start < wanted.length; start += mapping.batchSize)
      await deliver(mapping, shard, wanted.slice(start, start + mapping.batchSize), signal);
    if (signal.aborted) return;
    const last = records.at(-1)?.dynamodb?.SequenceNumber;
    if (last !== undefined) {
      done.set(shard, last);
      writeCheckpoint(mapping.checkpointPath, Object.fromEntries(done));
    }
    iterator = page.NextShardIterator;
    if (records.length === 0) await sleep(IDLE_MS, undefined, { signal }).catch(() => undefined);
  }
};

const iteratorOf = async (
  client: DynamoDBStreamsClient,
  arn: string,
  shard: string,
  seen: string | undefined,
) => {
  const answer = await client.send(
    new GetShardIteratorCommand({
      StreamArn: arn,
      ShardId: shard,
      ...(seen === undefined
        ? { ShardIteratorType: 'TRIM_HORIZON' }
        : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: seen }),
    }),
  );
  return answer.ShardIterator;
};

const answerSchema = z
  .object({ batchItemFailures: z.array(z.object({ itemIdentifier: z.string() })) })
  .nullish();

/** One batch until it is done: what failed comes again, is split in halves, and ends in the failure folder. */
export const deliver = async (
  mapping: Mapping,
  shard: string,
  records: readonly _Record[],
  signal: AbortSignal,
): Promise<void> => {
  let rest = records;
  for (let tries = 0; rest.length > 0 && !signal.aborted;) {
    const failedFrom = await invoke(mapping, rest);
    delivered(mapping.status, rest.slice(0, failedFrom ?? rest.length));
    if (failedFrom === null) return;
    if (failedFrom > 0) {
      rest = rest.slice(failedFrom);
      tries = 0;
      continue;
    }
    tries += 1;
    if (tries <= mapping.retriesMax) {
      if (mapping.bisect && rest.length > 1) {
        const middle = Math.ceil(rest.length / 2);
        await deliver(mapping, shard, rest.slice(0, middle), signal);
        rest = rest.slice(middle);
        tries = 0;
        continue;
      }
      await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
      continue;
    }
    await keepFailure(mapping, shard, rest, tries);
    return;
  }
};

const delivered = (status: StreamStatus, records: readonly _Record[]): void => {
  const last = records.at(-1);
  if (last === undefined) return;
  const nowMs = Date.now();
  status.delivered += records.length;
  status.lastDeliveredAtMs = nowMs;
  status.lagMs = nowMs - (last.dynamodb?.ApproximateCreationDateTime?.getTime() ?? nowMs);
};

/** Index of the first record that failed; null when none did. */
const invoke = async (mapping: Mapping, records: readonly _Record[]): Promise<number | null> => {
  try {
    const answer = answerSchema.parse(
      await mapping.host.invoke({ Records: records.map(eventRecord) }),
    );
    const failed = new Set(answer?.batchItemFailures.map((failure) => failure.itemIdentifier));
    const index = records.findIndex((record) => failed.has(record.dynamodb?.SequenceNumber ?? ''));
    return index === -1 ? (failed.size > 0 ? 0 : null) : index;
  } catch {
    return 0;
  }
};

/** Lambda's shape of a record: the time is a number of seconds. */
const eventRecord = (record: _Record): object => ({
  ...record,
  dynamodb: {
    ...record.dynamodb,
    ApproximateCreationDateTime: Math.floor(
      (record.dynamodb?.ApproximateCreationDateTime?.getTime() ?? Date.now()) / 1_000,
    ),
  },
});

const keepFailure = async (
  mapping: Mapping,
  shardId: string,
  records: readonly _Record[],
  invokeCount: number,
): Promise<void> => {
  mapping.status.failed += records.length;
  mapping.onError(new Error(`${records.length} records failed for good`));
  if (mapping.keepFailure === null) return;
  const { name, text } = invocationRecord({
    mappingId: mapping.status.id,
    functionId: mapping.host.config.id,
    table: mapping.table,
    shardId,
    invokeCount,
    records: records.map(eventRecord),
    first: records[0],
    last: records.at(-1),
    atMs: Date.now(),
  });
  await mapping.keepFailure(name, text);
};

/** Lambda's filter syntax as far as the template uses it: nested fields with lists of accepted values. */
export const matchesAny = (patterns: readonly unknown[], value: unknown): boolean =>
  patterns.length === 0 || patterns.some((pattern) => matches(pattern, value));

const matches = (pattern: unknown, value: unknown): boolean => {
  if (Array.isArray(pattern)) {
    if (pattern.some((item) => typeof item === 'object'))
      throw new Error('the local runtime knows filters with plain values only');
    return pattern.includes(value);
  }
  if (typeof pattern !== 'object' || pattern === null) return pattern === value;
  if (typeof value !== 'object' || value === null) return false;
  const fields = new Map(Object.entries(value));
  return Object.entries(pattern).every(([name, inner]) => matches(inner, fields.get(name)));
};

const readCheckpoint = (path: string): Record<string, string> =>
  existsSync(path)
    ? z.record(z.string(), z.string()).parse(JSON.parse(readFileSync(path, 'utf8')))
    : {};

const writeCheckpoint = (path: string, done: Record<string, string>): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(done));
};
