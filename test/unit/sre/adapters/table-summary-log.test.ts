import { expect, test } from 'vitest';
import { stampKeys, tableSummaryLog } from '../../../../lambdas/sre/adapters/table-summary-log.ts';
import { summaryText } from '../../../../lambdas/sre/domain/summary-text.ts';
import { MemoryTables } from '../../../support/memory-tables.ts';
import { blockAt, entryAt, SHAPE, START_MS } from '../../../support/sre/entries.ts';

const TENANT = 'tenant';
const BLOCKS = 800;

test('one read of large summaries ends at its share of bytes, and the next goes on behind it', async () => {
  const tables = new MemoryTables();
  const shapes = Array.from({ length: 200 }, (_, index) => ({
    ...SHAPE,
    text: `${index} ${'x'.repeat(230)}`,
  }));
  for (let index = 0; index < BLOCKS; index++) {
    const { block, stampMs, summary } = blockAt(
      START_MS + index,
      entryAt('cart', START_MS, { shapes }),
    );
    tables.place('logs', {
      pk: 'LOG',
      sk: block,
      ...stampKeys(TENANT, block, stampMs),
      summary: summaryText(summary),
    });
  }
  // A page of the store has 1 MB.
  const query = tables.query.bind(tables);
  tables.query = async (asked) => await query({ ...asked, limit: 5 });
  const log = tableSummaryLog({ tables });
  const seen = new Set<string>();
  let freshMs = START_MS - 1;
  let reads = 0;
  for (let untilMs: number | null = freshMs; untilMs !== null; reads++) {
    const page = await log.read({ tenant: TENANT, fromMs: START_MS, freshMs, limit: 4_000 });
    const fresh = page.blocks.filter(({ stampMs }) => stampMs > freshMs);
    expect(fresh.length).toBeLessThan(BLOCKS / 2);
    for (const { block } of page.blocks) seen.add(block);
    ({ untilMs } = page);
    freshMs = untilMs ?? freshMs;
  }
  expect(seen.size).toBe(BLOCKS);
  expect(reads).toBeGreaterThan(2);
});

test('summaries are kept for the reads that begin before them, and given back by the first that does not', async () => {
  const tables = new MemoryTables();
  const tenants = [TENANT, 'tenant 2'];
  for (const tenant of tenants)
    for (let index = 0; index < 4; index++) {
      const { block, stampMs, summary } = blockAt(
        START_MS + index * 1_000,
        entryAt('cart', START_MS),
      );
      tables.place('logs', {
        pk: tenant,
        sk: block,
        ...stampKeys(tenant, block, stampMs),
        summary: summaryText(summary),
      });
    }
  const log = tableSummaryLog({ tables });
  const read = async (tenant: string, fromMs: number) =>
    (await log.read({ tenant, fromMs, freshMs: fromMs, limit: 100 })).blocks;
  const [first = [], other = []] = await Promise.all(
    tenants.map(async (tenant) => await read(tenant, START_MS)),
  );
  const later = await read(TENANT, START_MS + 2_000);
  expect(later).toHaveLength(2);
  // The very objects: nothing was read again.
  expect(later.every((one, index) => one === first[index + 2])).toBe(true);
  const again = await read(TENANT, START_MS);
  expect(again).toEqual(first);
  expect(again.map((one, index) => one === first[index])).toEqual([false, false, true, true]);
  const others = await read('tenant 2', START_MS);
  expect(others.every((one, index) => one === other[index])).toBe(true);
});
