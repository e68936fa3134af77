import { zstdCompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { tableTemplateBook } from '../../../../lambdas/sre/adapters/table-template-book.ts';
import type { StampedSummary } from '../../../../lambdas/sre/domain/summary.ts';
import { MemoryTables } from '../../../support/memory-tables.ts';

const NOW_MS = 1_700_000_000_000;

const blocksOf = (...texts: readonly string[]): readonly StampedSummary[] => [
  {
    block: 'block',
    stampMs: NOW_MS,
    summary: [
      {
        source: { environment: '', namespace: '', service: 'shop' },
        bucket: 0,
        records: texts.length,
        failing: texts.length,
        clientFaults: 0,
        authFaults: 0,
        requests: 0,
        statuses: {},
        severity: 17,
        latencies: [],
        shapes: texts.map((text) => ({
          text,
          count: 1,
          severity: 17,
          signals: [],
          exceptionType: null,
          frames: 0,
          samples: [],
        })),
      },
    ],
  },
];

test('evaluators that race give no id twice, and agree on each', async () => {
  const tables = new MemoryTables();
  const book = tableTemplateBook({ tables, nowMs: () => NOW_MS });
  const texts = ['alpha failed', 'beta stopped', 'gamma ended'];
  const racing = await Promise.all(texts.map(async (text) => await book('tenant', blocksOf(text))));
  const shown = texts.map((text, index) => racing[index]?.(text)?.id ?? null);
  const later = await book('tenant', blocksOf(...texts));
  const kept = texts.map((text) => later(text)?.id);
  expect(new Set(kept).size).toBe(texts.length);
  for (const [index, id] of shown.entries()) if (id !== null) expect(id).toBe(kept[index]);
  expect(shown.filter((id) => id !== null).length).toBeGreaterThan(0);
});

test('an id that is not kept is not shown', async () => {
  const tables = new MemoryTables();
  const refusing = new Proxy(tables, {
    get: (target, name) =>
      name === 'write'
        ? async () => await Promise.resolve({ kind: 'refused', item: null })
        : Reflect.get(target, name).bind(target),
  });
  const templateOf = await tableTemplateBook({ tables: refusing, nowMs: () => NOW_MS })(
    'tenant',
    blocksOf('alpha failed'),
  );
  expect(templateOf('alpha failed')).toBeNull();
});

test('a text that no block held has no template', async () => {
  const book = tableTemplateBook({ tables: new MemoryTables(), nowMs: () => NOW_MS });
  const templateOf = await book('tenant', blocksOf('alpha 7 failed'));
  expect(templateOf('alpha 7 failed')).toEqual({
    id: `template_${NOW_MS.toString(36)}_1`,
    text: 'alpha <*> failed',
    novelty: 'known',
  });
  expect(templateOf('another thing')).toBeNull();
});

test('a miner that cannot read the state of another version gives no id that was given before', async () => {
  const tables = new MemoryTables();
  let nowMs = NOW_MS;
  const book = tableTemplateBook({ tables, nowMs: () => nowMs });
  const before = (await book('tenant', blocksOf('alpha failed')))('alpha failed')?.id;
  const key = { pk: 'MINE#tenant', sk: 'STATE' };
  const item = await tables.get('sre', key);
  const packed = zstdCompressSync(Buffer.from(JSON.stringify({ of: 'another version' })));
  await tables.write({ kind: 'put', table: 'sre', key, item: { ...item, ...key, packed } });
  nowMs += 60_000;
  const templateOf = await book('tenant', blocksOf('beta stopped', 'alpha failed'));
  const after = ['beta stopped', 'alpha failed'].map((text) => templateOf(text)?.id);
  expect(new Set([before, ...after]).size).toBe(3);
  expect((await book('tenant', blocksOf('alpha failed')))('alpha failed')?.id).toBe(after[1]);
});
