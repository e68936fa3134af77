import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { LogQuery } from '../../lambdas/sre/ports/search.ts';
import { spanOf } from '../support/sre/records.ts';
import {
  SEARCH_ENGINES,
  type OpenSearchEngine,
  type SearchRoom,
} from '../support/sre/search-engines.ts';
import { HOUR_MS, lineOf, NOW_MS, QUERY, storeLines, textsOf } from '../support/sre/search-room.ts';
import { logBatch, spanBatch } from '../support/sre/stored-batch.ts';

const DAY_MS = 24 * HOUR_MS;
const TRACE = 'c0ffee'.padEnd(32, '0');

describe.each(SEARCH_ENGINES)('pages, bars and traces of logs by $name', ({ open }) => {
  let engine: OpenSearchEngine;
  let room: SearchRoom;
  beforeAll(async () => void (engine = await open()));
  beforeEach(async () => void (room = await engine.fresh()));
  afterAll(async () => await engine.close());

  test('finds both ends of its range, and nothing beyond', async () => {
    await storeLines(
      room,
      ...[-1, 0, 500, 1_000, 1_001].map((ms) => ({ timeMs: NOW_MS + ms, text: String(ms) })),
    );
    expect(await textsOf(room, { fromMs: NOW_MS, toMs: NOW_MS + 1_000 })).toEqual([
      '1000',
      '500',
      '0',
    ]);
  });

  test('finds what arrived days after its time, around its time, once', async () => {
    const eventMs = NOW_MS - 2 * DAY_MS;
    await storeLines(
      room,
      { timeMs: eventMs, text: 'old' },
      { timeMs: NOW_MS - 1_000, text: 'new' },
    );
    const around = { fromMs: eventMs - 1_000, toMs: eventMs + 1_000 };
    expect(await textsOf(room, around)).toEqual(['old']);
    expect(await textsOf(room, { fromMs: eventMs - 1_000 })).toEqual(['new', 'old']);
    expect(await textsOf(room, { ...around, tenant: room.otherTenant })).toEqual([]);
  });

  test('pages through every hit once, the newest first, also where many have one time', async () => {
    for (let block = 0; block < 8; block++)
      await storeLines(
        room,
        ...Array.from({ length: 50 }, (_, index) => ({
          timeMs: NOW_MS + block * 7 + Math.floor(index / 10),
          text: `${block} ${index}`,
        })),
      );
    const seen: { readonly id: string; readonly timeMs: number }[] = [];
    let before: LogQuery['before'] = null;
    do {
      const page = await room.search.search({ ...QUERY, tenant: room.tenant, limit: 33, before });
      expect(page.isTruncated).toBe(false);
      expect(page.hits.length).toBeLessThanOrEqual(33);
      seen.push(...page.hits.map(({ id, record: { timeMs } }) => ({ id, timeMs })));
      before = page.next;
    } while (before !== null);
    expect(new Set(seen.map(({ id }) => id)).size).toBe(400);
    const sorted = seen.toSorted(
      (left, right) => right.timeMs - left.timeMs || (left.id < right.id ? 1 : -1),
    );
    expect(seen).toEqual(sorted);
  });

  test('gives whole records, under ids that find them again', async () => {
    const whole = lineOf({
      text: 'Order\tnot   placed\n',
      stack: 'at x\n  at y',
      exceptionType: 'E',
      traceId: TRACE,
      spanId: 'a'.repeat(16),
      http: { status: 500, method: 'PUT', route: '/', durationMs: 1.5 },
      eventName: 'e',
      attributes: { a: 1, b: 'x'.repeat(4_000), c: true },
      resource: { host: 'h' },
    });
    await storeLines(room, { text: 'other' }, whole);
    const { hits } = await room.search.search({ ...QUERY, tenant: room.tenant, traceId: TRACE });
    const [{ id, record: hit } = { id: '', record: null }] = hits;
    expect(hit).toEqual(whole);
    const hash = id.slice(0, id.lastIndexOf('#'));
    const again = await room.search.records(room.tenant, [id, `${hash}#7`, `${'0'.repeat(64)}#0`]);
    expect([...again]).toEqual([[id, whole]]);
    expect((await room.search.records(room.otherTenant, [id])).size).toBe(0);
  });

  test('says how many hits lie in each span of time, those of all pages, and only when asked', async () => {
    await storeLines(
      room,
      ...[0, 1, 59_999, 60_000, 180_000].map((ms) => ({ timeMs: NOW_MS + ms, text: 'hit' })),
      { timeMs: NOW_MS + 5, text: 'no' },
    );
    const query = {
      ...QUERY,
      tenant: room.tenant,
      phrases: [['hit']],
      fromMs: NOW_MS,
      toMs: NOW_MS + HOUR_MS - 1,
      limit: 2,
    };
    const page = await room.search.search({ ...query, wantsHistogram: true });
    expect(page.histogram).toEqual([
      { fromMs: NOW_MS, count: 3 },
      { fromMs: NOW_MS + 60_000, count: 1 },
      { fromMs: NOW_MS + 180_000, count: 1 },
    ]);
    const next = await room.search.search({ ...query, wantsHistogram: true, before: page.next });
    expect(next.histogram).toEqual(page.histogram);
    expect((await room.search.search(query)).histogram).toBeNull();
  });

  test('counts bars from the beginning of an odd range, for a second at least', async () => {
    const fromMs = NOW_MS - 1_234_567;
    await storeLines(room, ...[0, 999, 1_000, 12_345].map((ms) => ({ timeMs: fromMs + ms })));
    const page = await room.search.search({
      ...QUERY,
      tenant: room.tenant,
      fromMs,
      toMs: fromMs + 20_000,
      wantsHistogram: true,
    });
    expect(page.histogram).toEqual([
      { fromMs, count: 2 },
      { fromMs: fromMs + 1_000, count: 1 },
      { fromMs: fromMs + 12_000, count: 1 },
    ]);
  });

  test('finds nothing where nothing is, and says that this is all', async () => {
    expect(
      await room.search.search({ ...QUERY, tenant: room.tenant, wantsHistogram: true }),
    ).toEqual({
      hits: [],
      next: null,
      isTruncated: false,
      scannedBytes: 0,
      histogram: [],
    });
    const nothing = await room.search.trace({ ...QUERY, tenant: room.tenant, traceId: TRACE });
    expect(nothing).toEqual({ spans: [], logs: [], isTruncated: false });
  });

  test('keeps tenants apart, also when both have the same batch', async () => {
    const batch = logBatch([lineOf({ text: 'secret', traceId: TRACE })]);
    await room.store(room.otherTenant, batch, NOW_MS);
    expect(await textsOf(room, {})).toEqual([]);
    expect(
      (await room.search.trace({ ...QUERY, tenant: room.tenant, traceId: TRACE })).logs,
    ).toEqual([]);
    const page = await room.search.search({ ...QUERY, tenant: room.tenant, wantsHistogram: true });
    expect(page.histogram).toEqual([]);
    await room.store(room.tenant, batch, NOW_MS);
    expect(await textsOf(room, {})).toEqual(['secret']);
    expect(await textsOf(room, { tenant: room.otherTenant })).toEqual(['secret']);
  });

  test('finds a batch that came twice once', async () => {
    const batch = logBatch([lineOf({ text: 'once' }), lineOf({ text: 'once' })]);
    for (let time = 0; time < 3; time++) await room.store(room.tenant, batch, NOW_MS);
    const page = await room.search.search({ ...QUERY, tenant: room.tenant, wantsHistogram: true });
    expect(page.hits).toHaveLength(2);
    expect(page.histogram?.reduce((sum, { count }) => sum + count, 0)).toBe(2);
  });

  test('gives a trace with its spans and logs in the order of time, whichever batches they came in', async () => {
    const span = (startMs: number, spanId: string, traceId = TRACE) =>
      spanOf({
        traceId,
        spanId: spanId.repeat(16),
        name: `GET /${spanId}`,
        kind: 2,
        startMs: NOW_MS + startMs,
        durationMs: 12.5,
      });
    await room.store(room.tenant, spanBatch([span(5, 'b'), span(9, 'e', 'e'.repeat(32))]), NOW_MS);
    await room.store(room.tenant, spanBatch([span(1, 'a')]), NOW_MS);
    await storeLines(
      room,
      { timeMs: NOW_MS + 3, text: 'later', traceId: TRACE },
      { text: 'not in it' },
      { timeMs: NOW_MS + 2, text: 'earlier', traceId: TRACE },
    );
    const trace = await room.search.trace({ ...QUERY, tenant: room.tenant, traceId: TRACE });
    expect(trace.spans.map(({ name }) => name)).toEqual(['GET /a', 'GET /b']);
    expect(trace.spans[0]).toEqual(span(1, 'a'));
    expect(trace.logs.map((hit) => hit.record.text)).toEqual(['earlier', 'later']);
    expect(trace.isTruncated).toBe(false);
    // Spans are no lines.
    expect(await textsOf(room, { phrases: [['get']] })).toEqual([]);
    expect(await textsOf(room, {})).toHaveLength(3);
  });
});
