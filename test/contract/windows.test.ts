import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { tableAnomalyBook } from '../../lambdas/sre/adapters/table-anomaly-book.ts';
import { stampKeys, tableSummaryLog } from '../../lambdas/sre/adapters/table-summary-log.ts';
import { tableWindowStore } from '../../lambdas/sre/adapters/table-window-store.ts';
import type { Tables } from '../../lambdas/platform/tables/tables.ts';
import { anomalyId, type Anomaly } from '../../lambdas/sre/domain/anomaly.ts';
import { EMPTY_PART, foldPart, partOf, shareOut } from '../../lambdas/sre/domain/part.ts';
import { sourceName, type StampedSummary } from '../../lambdas/sre/domain/summary.ts';
import { summaryText } from '../../lambdas/sre/domain/summary-text.ts';
import { CHANGES_A_COMMIT_MAX } from '../../lambdas/sre/ports/windows.ts';
import { ENGINES, type OpenEngine } from '../support/engines.ts';
import {
  blockAt,
  entryAt,
  SHAPE,
  sourceOf,
  START_MS,
  usualSettings,
} from '../support/sre/entries.ts';

/** As somebody may call a project. */
const TENANT = 'shop #1/ä';
const OTHER_TENANT = 'shop';

const anomalyAt = (openedBucket: number, revision = 1): Anomaly => ({
  id: anomalyId(TENANT, sourceOf('cart'), 'failures', openedBucket),
  revision,
  tenant: TENANT,
  kind: 'failures',
  source: sourceOf('cart'),
  path: 'windowed',
  openedMs: openedBucket * 10_000,
  foundMs: openedBucket * 10_000 + 5_000,
  endedMs: null,
  band: 'high',
  score: {
    version: 1,
    parts: [{ category: 'pattern', weight: 1_000, value: 700, points: 700, because: ['timeout'] }],
    adjustment: { name: 'none', points: 0 },
    score: 700,
    band: 'high',
  },
  why: 'cart failed 30 times within 10 s, where none is usual.',
  facts: { failures: 30, z: 9.8, rule: 'one bucket' },
  template: { id: 'T1', text: 'time out after <*> ms' },
  samples: ['ab#1'],
  others: [],
});

describe.each(ENGINES)('windows on $name', ({ open }) => {
  let engine: OpenEngine;
  let tables: Tables;
  beforeAll(async () => void (engine = await open()));
  beforeEach(async () => void (tables = await engine.fresh()));
  afterAll(() => engine.close());

  const store = async (tenant: string, ...blocks: readonly StampedSummary[]): Promise<void> => {
    for (const { block, stampMs, summary } of blocks) {
      const key = { pk: `LOG#${tenant}#${block.slice(0, 2)}`, sk: block };
      await tables.write({
        kind: 'put',
        table: 'logs',
        key,
        item: { ...key, ...stampKeys(tenant, block, stampMs), summary: summaryText(summary) },
      });
    }
  };

  test('the log shows what arrived from a moment on, in order, of one tenant', async () => {
    const log = tableSummaryLog({ tables });
    const blocks = Array.from({ length: 40 }, (_, index) =>
      blockAt(START_MS + index, entryAt('cart', START_MS, { failing: index, shapes: [SHAPE] })),
    );
    await store(TENANT, ...blocks);
    await store(OTHER_TENANT, blockAt(START_MS, entryAt('cart', START_MS)));
    const range = { tenant: TENANT, fromMs: START_MS + 10, freshMs: START_MS, limit: 1_000 };
    expect(await log.read(range)).toEqual({ blocks: blocks.slice(10), untilMs: null });
    expect(await log.read({ ...range, fromMs: START_MS + 40 })).toEqual({
      blocks: [],
      untilMs: null,
    });
  });

  test('a page that is not whole says how far it is, and reads on from there', async () => {
    const log = tableSummaryLog({ tables: inPagesOf(tables, 2) });
    const blocks = Array.from({ length: 120 }, (_, index) =>
      blockAt(START_MS + index, entryAt('cart', START_MS)),
    );
    await store(TENANT, ...blocks);
    const seen = new Set<string>();
    let freshMs = START_MS - 1;
    for (let reads = 0; reads < 100; reads++) {
      const page = await log.read({ tenant: TENANT, fromMs: START_MS, freshMs, limit: 16 });
      for (const { block } of page.blocks) seen.add(block);
      const { untilMs } = page;
      if (untilMs === null) break;
      expect(untilMs).toBeGreaterThan(freshMs);
      expect(page.blocks).toEqual(blocks.filter(({ stampMs }) => stampMs <= untilMs));
      freshMs = untilMs;
    }
    expect(seen.size).toBe(120);
  });

  test('a part is read as it was written, and of two writers one is told that it lost', async () => {
    const windows = tableWindowStore({ tables });
    const index = partOf(sourceName(sourceOf('cart')));
    const blocks = [
      blockAt(START_MS + 500, entryAt('cart', START_MS, { failing: 3, shapes: [SHAPE] })),
    ];
    const { part } = foldPart({
      index,
      part: EMPTY_PART,
      blocks: shareOut(blocks).get(index) ?? [],
      sinceMs: 0,
      youngestMs: START_MS + 500,
      nowMs: START_MS + 1_000,
      settingsOf: usualSettings,
    });
    const commit = { tenant: TENANT, index, version: 0, part, changes: [] };
    expect(await windows.load(TENANT)).toEqual(new Map());
    expect(await windows.commit(commit)).toBe(true);
    expect(await windows.commit(commit)).toBe(false);
    expect(await windows.load(TENANT)).toEqual(new Map([[index, { version: 1, part }]]));
    expect(await windows.load(OTHER_TENANT)).toEqual(new Map());
    expect(await windows.commit({ ...commit, version: 1 })).toBe(true);
    expect(await windows.commit({ ...commit, version: 1 })).toBe(false);
  });

  test('anomalies are written with the part that found them, or not at all', async () => {
    const windows = tableWindowStore({ tables });
    const book = tableAnomalyBook({ tables });
    const anomaly = anomalyAt(100);
    const found = { kind: 'found', anomaly } as const;
    const commit = { tenant: TENANT, index: 3, version: 0, part: EMPTY_PART, changes: [found] };
    expect(await windows.commit({ ...commit, version: 7 })).toBe(false);
    expect(await book.get(TENANT, anomaly.id)).toBeNull();
    expect(await windows.commit(commit)).toBe(true);
    expect(await book.get(TENANT, anomaly.id)).toEqual(anomaly);
    expect(await book.get(OTHER_TENANT, anomaly.id)).toBeNull();
    const ended = { kind: 'ended', id: anomaly.id, endedMs: 77 } as const;
    expect(await windows.commit({ ...commit, version: 1, changes: [ended] })).toBe(true);
    expect(await book.get(TENANT, anomaly.id)).toEqual({ ...anomaly, endedMs: 77 });
  });

  test('more anomalies than a transaction takes are all there', async () => {
    const windows = tableWindowStore({ tables });
    const count = CHANGES_A_COMMIT_MAX + 20;
    const changes = Array.from(
      { length: count },
      (_, index) => ({ kind: 'found', anomaly: anomalyAt(index) }) as const,
    );
    const commit = { tenant: TENANT, index: 0, version: 0, part: EMPTY_PART, changes };
    expect(await windows.commit(commit)).toBe(true);
    const { anomalies } = await tableAnomalyBook({ tables }).list({
      tenant: TENANT,
      fromMs: 0,
      toMs: START_MS,
      before: null,
      limit: 1_000,
    });
    expect(anomalies).toHaveLength(count);
  });

  test('anomalies are listed newest first, page by page, and put once', async () => {
    const book = tableAnomalyBook({ tables });
    for (const bucket of [5, 40, 2_000_000]) expect(await book.put(anomalyAt(bucket))).toBe(true);
    expect(await book.put(anomalyAt(40, 2))).toBe(false);
    const query = { tenant: TENANT, fromMs: 0, toMs: START_MS, before: null, limit: 2 };
    const page = await book.list(query);
    expect(page.anomalies).toEqual([anomalyAt(2_000_000), anomalyAt(40)]);
    const rest = await book.list({ ...query, before: page.next });
    expect(rest.anomalies).toEqual([anomalyAt(5)]);
    const within = await book.list({ ...query, fromMs: 60_000, toMs: 500_000 });
    expect(within.anomalies).toEqual([anomalyAt(40)]);
    expect(await book.get(TENANT, 'anomaly_../x')).toBeNull();
  });
});

/** As a table of large items answers. */
const inPagesOf = (tables: Tables, items: number): Tables =>
  Object.assign(Object.create(tables), {
    query: async (query: Parameters<Tables['query']>[0]) =>
      await tables.query({ ...query, limit: items }),
  });
