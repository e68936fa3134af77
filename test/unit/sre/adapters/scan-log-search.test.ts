import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, test } from 'vitest';
import { scanLogSearch } from '../../../../lambdas/sre/adapters/scan-log-search.ts';
import type { Batch } from '../../../../lambdas/sre/domain/batch.ts';
import { readBlock } from '../../../../lambdas/sre/in/blocks/read-block.ts';
import type { LogQuery, LogSearch } from '../../../../lambdas/sre/ports/search.ts';
import type { BlockStore } from '../../../../lambdas/sre/ports/blocks.ts';
import { logsRequest } from '../../../support/otlp/encode.ts';
import { ARRIVAL_MS, jsonInput, nanos, readFresh } from '../../../support/otlp/read-logs.ts';
import { memoryBlocks } from '../../../support/sre/search-engines.ts';

const TENANT = 'tenant';
const HOUR_MS = 3_600_000;

const QUERY: LogQuery = {
  tenant: TENANT,
  phrases: [],
  service: null,
  environment: null,
  severityMin: 0,
  traceId: null,
  attributes: {},
  fromMs: ARRIVAL_MS - HOUR_MS,
  toMs: ARRIVAL_MS + HOUR_MS,
  limit: 50,
  before: null,
  wantsHistogram: false,
};

describe('a search by scan', () => {
  let blocks: BlockStore;
  let search: LogSearch;
  let opened: number;
  beforeEach(() => {
    opened = 0;
    blocks = memoryBlocks();
    const open = (bytes: Uint8Array) => {
      opened += 1;
      return readBlock(bytes);
    };
    search = scanLogSearch({ blocks, open });
  });

  const store = async (batch: Batch, stampMs = ARRIVAL_MS): Promise<void> =>
    void (await blocks.put({ tenant: TENANT, batch, stampMs }));
  const batchOf = (
    times: readonly number[],
    textOf = (index: number): string => `line ${index}`,
    stampMs = ARRIVAL_MS,
  ): Batch => {
    const records = times.map((timeMs, index) => ({
      timeUnixNano: nanos(timeMs),
      body: { stringValue: textOf(index) },
    }));
    const { body, ...input } = jsonInput(logsRequest(records));
    return readFresh({ ...input, body: gzipSync(body), contentEncoding: 'gzip' }, stampMs);
  };
  /** As if so many batches were alike but for a detail. */
  const storeMany = async (batch: Batch, count: number): Promise<void> => {
    for (let copy = 0; copy < count; copy++)
      await store({ ...batch, hash: copy.toString(16).padStart(64, '0') });
  };
  const timesFrom = (fromMs: number, count: number): number[] =>
    Array.from({ length: count }, (_, index) => fromMs + index);

  test('ends at its bound of records when lines compress to nothing, and says so', async () => {
    const times = Array.from({ length: 20_000 }, () => ARRIVAL_MS);
    await storeMany(
      batchOf(times, () => 'GET /health 200'),
      30,
    );
    const page = await search.search({ ...QUERY, wantsHistogram: true });
    expect(page.hits).toHaveLength(50);
    expect(page.isTruncated).toBe(true);
    expect(opened).toBe(20);
    expect(page.histogram?.reduce((sum, { count }) => sum + count, 0)).toBe(400_000);
  });

  test('ends at its bound of bytes without compression, and says so', async () => {
    const times = timesFrom(ARRIVAL_MS - 1_000, 600);
    await storeMany(
      batchOf(times, (index) => `${index}${'x'.repeat(30_000)}`),
      12,
    );
    const page = await search.search({ ...QUERY, phrases: [['absent']] });
    expect(page.scannedBytes).toBeLessThan(1_000_000);
    expect(page.isTruncated).toBe(true);
    expect(opened).toBeLessThan(12);
    const trace = await search.trace({ ...QUERY, traceId: 'a'.repeat(32) });
    expect(trace.isTruncated).toBe(true);
  });
});
