import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { history } from '../../../lambdas/threads/adapters/threads/read-history.ts';
import { itemOfStep } from '../../../lambdas/threads/adapters/threads/thread-items.ts';
import { MemoryTables } from '../../support/memory-tables.ts';
import { PLACE, step } from '../../support/thread-rows.ts';

const NOW_MS = Date.UTC(2026, 10, 25);

/** A thread whose messages have so many steps each; counts the rows that a page reads. */
const threadOf = (stepCounts: readonly number[]) => {
  const tables = new MemoryTables();
  stepCounts.forEach((count, index) => {
    for (let at = 0; at < count; at++) {
      const item = itemOfStep(PLACE, { ...step(NOW_MS), seq: index + 1, step: at });
      tables.items.threads.set(JSON.stringify([item['pk'], item['sk']]), item);
    }
  });
  const read = { rows: 0, queries: 0 };
  const query = tables.query.bind(tables);
  tables.query = async (asked) => {
    const page = await query(asked);
    read.rows += page.items.length;
    read.queries += 1;
    return page;
  };
  return { tables, read };
};

test('pages hold whole messages, as many as were asked for, and meet without a gap whatever their steps', async () => {
  const counts = fc.array(fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 60 })), {
    maxLength: 40,
  });
  await fc.assert(
    fc.asyncProperty(
      counts,
      fc.integer({ min: 1, max: 20 }),
      fc.constantFrom('asc' as const, 'desc' as const),
      async (stepCounts, limit, order) => {
        const { tables } = threadOf(stepCounts);
        const seen: string[] = [];
        let last: number | null = null;
        for (let hasMore = true; hasMore;) {
          const page: Awaited<ReturnType<typeof history>> = await history(tables, PLACE, {
            beforeSeq: order === 'desc' ? last : null,
            afterSeq: order === 'asc' ? last : null,
            order,
            limit,
          });
          const seqs = new Set(page.steps.map(({ seq }) => seq));
          expect(seqs.size).toBeLessThanOrEqual(limit);
          expect(page.hasMore).toBe(seen.length + page.steps.length < sum(stepCounts));
          seen.push(...page.steps.map(({ seq, step: at }) => `${seq}.${at}`));
          last = page.steps.at(-1)?.seq ?? last;
          ({ hasMore } = page);
        }
        const seqs = stepCounts.map((_, index) => index + 1);
        const wanted = order === 'asc' ? seqs : seqs.toReversed();
        expect(seen).toEqual(
          wanted.flatMap((seq) =>
            Array.from({ length: stepCounts[seq - 1] ?? 0 }, (_, at) => `${seq}.${at}`),
          ),
        );
      },
    ),
    { numRuns: 200 },
  );
});

test('a page of messages of one step is one query of two rows more', async () => {
  const { tables, read } = threadOf(Array.from({ length: 500 }, () => 1));
  const query = { beforeSeq: null, afterSeq: 100, order: 'asc' as const, limit: 50 };
  expect((await history(tables, PLACE, query)).steps).toHaveLength(50);
  expect(read).toEqual({ rows: 52, queries: 1 });
});

test('a page of answers with steps reads hardly more than it shows', async () => {
  const { tables, read } = threadOf(Array.from({ length: 500 }, (_, index) => (index % 2) * 4 + 1));
  const query = { beforeSeq: null, afterSeq: 100, order: 'asc' as const, limit: 50 };
  expect((await history(tables, PLACE, query)).steps).toHaveLength(150);
  expect(read.rows).toBeLessThanOrEqual(170);
  expect(read.queries).toBeLessThanOrEqual(3);
});

const sum = (counts: readonly number[]): number =>
  counts.reduce((total, count) => total + count, 0);
