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
