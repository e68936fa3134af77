import type { DynamoDBRecord } from 'aws-lambda';
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { openSearchCalls, type OpenSearchCall } from '../../lambdas/platform/open-search.ts';
import { openSearchLogIndex } from '../../lambdas/sre/adapters/open-search-log-index.ts';
import { openSearchLogSearch } from '../../lambdas/sre/adapters/open-search-log-search.ts';
import { storedBlock } from '../../lambdas/sre/formats/stored-block.ts';
import { readBlock } from '../../lambdas/sre/in/blocks/read-block.ts';
import { indexBlocks } from '../../lambdas/sre/usecases/index-blocks.ts';
import { deliverAll, type Delivery } from '../../local/dynamo/stream-delivery.ts';
import type { StreamRecord } from '../../local/dynamo/stream-records.ts';
import { startEndpoint, type Endpoint } from '../../local/http/http-endpoint.ts';
import { replayObject } from '../../ops/usecases/replay.ts';
import { functionOf } from '../support/local-function.ts';
import { memoryUsageStore } from '../support/memory-usage-store.ts';
import { streamRecordOf } from '../support/stream-record.ts';
import { FairQueue } from '../support/sre/fair-queue.ts';
import { DOMAINS, type Domain } from '../support/sre/search-engines.ts';
import { HOUR_MS, NOW_MS, QUERY } from '../support/sre/search-room.ts';
import { TelemetryLine } from '../support/sre/telemetry-line.ts';

/** As the template has it. */
const MAX_AGE_MS = 6 * HOUR_MS;
const DOWN = { status: 503, headers: {}, body: '{"error":"no_master","status":503}' };
const FATAL = { severity: 21, text: 'fatal error: out of memory in cart' };
const batch = z.object({ Records: z.array(z.custom<DynamoDBRecord>()) });
const never = async (): Promise<never> => await Promise.reject(new Error('not of the ledger'));

describe.each(DOMAINS)('while $name is down', ({ start }) => {
  let tenant: string;
  let line: TelemetryLine;
  let domain: Domain;
  let front: Endpoint;
  /** Deliveries that find it down, from now on. */
  let outages: number;
  /** The bucket of failed records. */
  let bucket: Map<string, string>;
  let indexLogs: (event: object) => Promise<void>;
  beforeEach(async () => {
    tenant = randomUUID();
    line = new TelemetryLine(NOW_MS);
    domain = await start();
    front = await startEndpoint(async () => await Promise.resolve(DOWN));
    outages = Number.POSITIVE_INFINITY;
    bucket = new Map();
    const credentials = { accessKeyId: 'none', secretAccessKey: 'none', sessionToken: null };
    const down = openSearchCalls({ endpoint: front.url, region: 'us-east-1', credentials });
    const call: OpenSearchCall = async (...args) =>
      await (outages > 0 ? down : domain.call)(...args);
    const index = openSearchLogIndex({
      call,
      nowMs: Date.now,
      keptDays: 9,
      size: { shards: 1, replicas: 0 },
      onRefused: (reason) => {
        throw new Error(reason);
      },
    });
    indexLogs = async (event) => {
      const stored = batch.parse(event).Records.map(storedBlock);
      const nothing = () => undefined;
      const deps = { blocks: line.blocks, index, metrics: { record: nothing }, report: nothing };
      await indexBlocks(deps, stored).finally(() => void (outages -= 1));
    };
  });
  afterEach(async () => {
    front.stop();
    await domain.close();
  });

  /** Records of the stream that are so old. */
  const streamed = (ageMs: number): readonly StreamRecord[] =>
    line.stream().map((record, index) => {
      const wire = {
        ...record,
        dynamodb: {
          ...record.dynamodb,
          SequenceNumber: String(index),
          ApproximateCreationDateTime: (Date.now() - ageMs) / 1_000,
          Keys: { index },
        },
      };
      return streamRecordOf(wire, 'Logs');
    });
  /** As the mapping of `index-logs` delivers them. Answers how many were kept aside. */
  const deliver = async (records: readonly StreamRecord[]): Promise<number> => {
    const { config } = functionOf('').host;
    const status = {
      id: 'Mapping',
      table: 'Logs',
      functionId: 'LogIndexindexlogs12AB',
      delivered: 0,
      failed: 0,
      lagMs: 0,
      lastDeliveredAtMs: null,
    };
    const delivery: Delivery = {
      table: 'Logs',
      host: {
        config: { ...config, id: status.functionId },
        invokeText: async (event) => await indexLogs(JSON.parse(event)),
      },
      batchSize: 100,
      lanes: 2,
      // Without an end in the template.
      retriesMax: 10,
      ageMsMax: MAX_AGE_MS,
      bisect: true,
      reportsFailures: false,
      keepFailure: async (name, text) => await Promise.resolve(void bucket.set(name, text)),
      status,
      onError: () => undefined,
    };
    await deliverAll(delivery, 'shard-1', records, new AbortController().signal);
    return status.failed;
  };
  const replay = async (name: string) =>
    await replayObject(
      {
        usage: memoryUsageStore(),
        spendEvents: { tell: never },
        projects: { shards: never },
        clock: { nowMs: () => 0 },
        pause: never,
        failedRecords: {
          list: never,
          read: async (kept) => await Promise.resolve(bucket.get(kept) ?? ''),
          remove: async (kept) => await Promise.resolve(void bucket.delete(kept)),
        },
        functions: { invoke: async (_, event) => await indexLogs(event) },
      },
      name,
    );
  const found = async (): Promise<readonly string[]> => {
    await domain.refresh();
    const { call } = domain;
    const search = openSearchLogSearch({ call, blocks: line.blocks, open: readBlock });
    const { hits } = await search.search({ ...QUERY, tenant, limit: 500 });
    return hits.map(({ record }) => record.text).toSorted();
  };
  const large = Array.from({ length: 200 }, () => ({
    severity: 9,
    text: `placed ${randomUUID()} ${randomUUID()} ${randomUUID()}`,
  }));
  const texts = [...large, FATAL].map(({ text }) => text).toSorted();

  test('requests are acknowledged, and what is in them is found', async () => {
    await line.ingest(tenant, large);
    await line.ingest(tenant, [FATAL]);
    const records = line.stream();
    await expect(indexLogs({ Records: records })).rejects.toMatchObject({
      code: 'storage_unavailable',
    });
    const queue = new FairQueue();
    await line.score(records, async (messages) => await queue.send(messages));
    const { changes } = await line.evaluate(queue.receive()?.body ?? '');
    expect(changes).toMatchObject([{ kind: 'found', anomaly: { kind: 'oom' } }]);
  });

  test('the stream comes again, and catches up by itself when it is back', async () => {
    await line.ingest(tenant, large);
    await line.ingest(tenant, [FATAL]);
    outages = 2;
    expect(await deliver(streamed(0))).toBe(0);
    expect(await found()).toEqual(texts);
    expect(bucket.size).toBe(0);
  });

  test('what waited for too long is kept aside, and a replay catches up: each line is there once', async () => {
    await line.ingest(tenant, large);
    await line.ingest(tenant, [FATAL]);
    expect(await deliver(streamed(MAX_AGE_MS + HOUR_MS))).toBe(2);
    const kept = new Map(bucket);
    for (const name of kept.keys())
      expect(await replay(name)).toMatchObject({ failure: expect.any(String) });
    // Down, it costs nothing that was kept.
    expect(bucket).toEqual(kept);
    outages = 0;
    for (const name of kept.keys()) expect(await replay(name)).toMatchObject({ failure: null });
    expect(bucket.size).toBe(0);
    expect(await found()).toEqual(texts);
    // An operator who was cut off does it again.
    bucket = new Map(kept);
    for (const name of kept.keys()) await replay(name);
    expect(await found()).toEqual(texts);
  });
});
