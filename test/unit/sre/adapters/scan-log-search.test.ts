import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, test } from 'vitest';
import { scanLogSearch } from '../../../../lambdas/sre/adapters/scan-log-search.ts';
import { tableBlockStore } from '../../../../lambdas/sre/adapters/table-block-store.ts';
import type { Batch } from '../../../../lambdas/sre/domain/batch.ts';
import { readBlock } from '../../../../lambdas/sre/in/blocks/read-block.ts';
import type { LogQuery, LogSearch } from '../../../../lambdas/sre/ports/search.ts';
import type { BlockStore } from '../../../../lambdas/sre/ports/blocks.ts';
import { MemoryTables } from '../../../support/memory-tables.ts';
import { logsRequest } from '../../../support/otlp/encode.ts';
import { ARRIVAL_MS, jsonInput, nanos, readFresh } from '../../../support/otlp/read-logs.ts';

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
    const objects = new Map<string, Uint8Array>();
    blocks = tableBlockStore({
      tables: new MemoryTables(),
      objects: {
        put: async (name, bytes) => await Promise.resolve(void objects.set(name, bytes)),
        get: async (name) => await Promise.resolve(objects.get(name) ?? null),
      },
      keptDays: 7,
    });
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

  test('pages through every hit once, the newest first', async () => {
    for (let block = 0; block < 40; block++)
      await store(batchOf(timesFrom(ARRIVAL_MS - 10_000 + block * 7, 100)));
    const seen: string[] = [];
    let before: LogQuery['before'] = null;
    do {
      const page = await search.search({ ...QUERY, limit: 333, before });
      expect(page.isTruncated).toBe(false);
      seen.push(...page.hits.map(({ id }) => id));
      before = page.next;
    } while (before !== null);
    expect(seen).toHaveLength(4_000);
    expect(new Set(seen).size).toBe(4_000);
  });

  test('finds what arrived days after its time, around its time, once', async () => {
    const eventMs = ARRIVAL_MS - 50 * HOUR_MS;
    await store(batchOf([eventMs, ARRIVAL_MS - 1_000]));
    const around = { ...QUERY, fromMs: eventMs - 1_000, toMs: eventMs + 1_000 };
    expect((await search.search(around)).hits.map(({ record }) => record.text)).toEqual(['line 0']);
    const wide = await search.search({ ...QUERY, fromMs: eventMs - 1_000 });
    expect(wide.hits.map(({ record }) => record.text)).toEqual(['line 1', 'line 0']);
    expect((await search.search({ ...around, tenant: 'other' })).hits).toEqual([]);
  });
});
