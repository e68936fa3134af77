import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { OpenSearchCall } from '../../lambdas/platform/open-search.ts';
import { openSearchLogIndex } from '../../lambdas/sre/adapters/open-search-log-index.ts';
import { openSearchLogSearch } from '../../lambdas/sre/adapters/open-search-log-search.ts';
import type { LogRecord } from '../../lambdas/sre/domain/log-record.ts';
import { readBlock } from '../../lambdas/sre/in/blocks/read-block.ts';
import type { BlockStore } from '../../lambdas/sre/ports/blocks.ts';
import { sourceOf } from '../support/sre/entries.ts';
import { DOMAINS, memoryBlocks, type Domain } from '../support/sre/search-engines.ts';
import { HOUR_MS, lineOf, NOW_MS, QUERY } from '../support/sre/search-room.ts';
import { logBatch } from '../support/sre/stored-batch.ts';

const DAY_MS = 24 * HOUR_MS;
const KEPT_DAYS = 9;
/** No letter of it can be a term of Lucene's: the record is refused, the others are not. */
const REFUSED = sourceOf('x'.repeat(40_000));

describe.each(DOMAINS)('an index of logs in $name', ({ start }) => {
  let domain: Domain;
  let tenant: string;
  let blocks: BlockStore;
  let reasons: string[];
  beforeAll(async () => void (domain = await start()));
  beforeEach(() => {
    tenant = randomUUID();
    blocks = memoryBlocks();
    reasons = [];
  });
  afterAll(async () => await domain.close());

  const indexBy = (call: OpenSearchCall) =>
    openSearchLogIndex({
      call,
      nowMs: Date.now,
      keptDays: KEPT_DAYS,
      size: { shards: 1, replicas: 0 },
      onRefused: (reason) => void reasons.push(reason),
    });
  const contentOf = async (records: readonly LogRecord[]) => {
    const batch = logBatch(records);
    await blocks.put({ tenant, batch, stampMs: NOW_MS });
    return { tenant, hash: batch.hash, content: readBlock(batch.block) };
  };
  const add = async (call: OpenSearchCall, ...records: readonly LogRecord[]): Promise<number> =>
    await indexBy(call).add(Readable.from([await contentOf(records)]));
  const found = async (change = {}): Promise<readonly string[]> => {
    await domain.refresh();
    const search = openSearchLogSearch({ call: domain.call, blocks, open: readBlock });
    const page = await search.search({ ...QUERY, tenant, ...change });
    return page.hits.map(({ record }) => record.text).toSorted();
  };

  test('a record that the index refuses costs itself alone, and says why', async () => {
    const refused = await add(
      domain.call,
      lineOf({ text: 'before' }),
      lineOf({ text: 'refused', source: REFUSED }),
      lineOf({ text: 'behind' }),
    );
    expect(refused).toBe(1);
    expect(reasons.join()).toContain('immense term');
    expect(await found()).toEqual(['before', 'behind']);
  });

  test.each([429, 503, 403])(
    'a record that fails with %i fails the whole, and to send it again adds each once',
    async (status) => {
      const busy: OpenSearchCall = async (method, path, body) => {
        const answer = await domain.call(method, path, body);
        if (path !== '/_bulk') return answer;
        const error = { type: 'some_exception', reason: 'not now' };
        return {
          status: 200,
          body: { items: [{ create: { status: 201 } }, { create: { status, error } }] },
        };
      };
      const lines = [lineOf({ text: 'one' }), lineOf({ text: 'two' })];
      await expect(add(busy, ...lines)).rejects.toMatchObject({ code: 'storage_unavailable' });
      expect(await add(domain.call, ...lines)).toBe(0);
      expect(await found()).toEqual(['one', 'two']);
    },
  );

  test('large blocks go in requests that the smallest domain takes, all of their records', async () => {
    const sizes: number[] = [];
    const measured: OpenSearchCall = async (method, path, body) => {
      if (path === '/_bulk') sizes.push(typeof body === 'string' ? Buffer.byteLength(body) : 0);
      return await domain.call(method, path, body);
    };
    const lines = Array.from({ length: 120 }, (_, index) =>
      lineOf({ text: `line${index} ${'数据库 '.repeat(8_000)}`.slice(0, 32_000) }),
    );
    await add(measured, ...lines);
    expect(sizes.length).toBeGreaterThan(1);
    expect(Math.max(...sizes)).toBeLessThan(10_485_760);
    expect(await found({ limit: 500 })).toHaveLength(120);
  });

  test('a day that is over does not come back', async () => {
    const oldMs = Date.now() - (KEPT_DAYS + 2) * DAY_MS;
    await add(domain.call, lineOf({ text: 'old', timeMs: oldMs }), lineOf({ text: 'new' }));
    expect(await found({ fromMs: 0 })).toEqual(['new']);
  });

  test('what was indexed and is stored no more is left out, and the pages behind it come', async () => {
    const first = await contentOf([lineOf({ text: 'kept', timeMs: NOW_MS - 5 })]);
    const gone = logBatch([lineOf({ text: 'gone' }), lineOf({ text: 'gone too' })]);
    const content = readBlock(gone.block);
    await indexBy(domain.call).add(Readable.from([first, { tenant, hash: gone.hash, content }]));
    await domain.refresh();
    const search = openSearchLogSearch({ call: domain.call, blocks, open: readBlock });
    const page = await search.search({ ...QUERY, tenant, limit: 1 });
    expect(page.hits).toEqual([]);
    expect(page.next).not.toBeNull();
    const last = await search.search({ ...QUERY, tenant, limit: 2, before: page.next });
    expect(last.hits.map(({ record }) => record.text)).toEqual(['kept']);
    expect(last.next).toBeNull();
  });

  test('an index that cannot be made ready takes nothing', async () => {
    const asked: string[] = [];
    const down: OpenSearchCall = async (_, path) => {
      asked.push(path);
      return await Promise.reject(new Error('down'));
    };
    await expect(add(down, lineOf({}))).rejects.toThrow('down');
    expect(asked).not.toContain('/_bulk');
  });

  test('a search that ended early says that there may be more', async () => {
    const late: OpenSearchCall = async (method, path, body) => {
      const answer = await domain.call(method, path, body);
      return { ...answer, body: { ...Object(answer.body), timed_out: true } };
    };
    await add(domain.call, lineOf({ text: 'one' }));
    await domain.refresh();
    const search = openSearchLogSearch({ call: late, blocks, open: readBlock });
    expect((await search.search({ ...QUERY, tenant })).isTruncated).toBe(true);
    expect((await search.trace({ ...QUERY, tenant, traceId: 'a'.repeat(32) })).isTruncated).toBe(
      true,
    );
  });
});
