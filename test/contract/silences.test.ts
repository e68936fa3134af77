import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { tableSilenceBook } from '../../lambdas/sre/adapters/table-silence-book.ts';
import type { Tables } from '../../lambdas/platform/tables/tables.ts';
import { SILENCES_MAX } from '../../lambdas/sre/incidents/limits.ts';
import type { Silence } from '../../lambdas/sre/incidents/silence.ts';
import { ENGINES, type OpenEngine } from '../support/engines.ts';
import { START_MS } from '../support/sre/entries.ts';

const TENANT = 'shop #1/ä';
const HOUR_MS = 3_600_000;

const silenceOf = (index: number, change: Partial<Silence> = {}): Silence => ({
  id: `silence_${String(index).padStart(26, '0')}`,
  kind: 'silence',
  pattern: { environment: null, namespace: null, service: 'cart', kind: null, template: null },
  fromMs: START_MS,
  untilMs: START_MS + HOUR_MS,
  hours: null,
  reason: 'works',
  by: 'ada',
  bandMax: null,
  ...change,
});

describe.each(ENGINES)('silences on $name', ({ open }) => {
  let engine: OpenEngine;
  let tables: Tables;
  beforeAll(async () => void (engine = await open()));
  beforeEach(async () => void (tables = await engine.fresh()));
  afterAll(() => engine.close());

  test('one is read as it was set until an hour after it, and by its project alone', async () => {
    const book = tableSilenceBook({ tables });
    const silence = silenceOf(1);
    expect(await book.put(TENANT, silence, START_MS)).toBe(true);
    expect(await book.list(TENANT, START_MS)).toEqual([silence]);
    expect(await book.list(TENANT, silence.untilMs + HOUR_MS - 1)).toEqual([silence]);
    expect(await book.list(TENANT, silence.untilMs + HOUR_MS)).toEqual([]);
    expect(await book.list('shop', START_MS)).toEqual([]);
  });

  test('one ends once', async () => {
    const book = tableSilenceBook({ tables });
    const { id } = silenceOf(1);
    await book.put(TENANT, silenceOf(1), START_MS);
    expect(await book.end(TENANT, id)).toBe(true);
    expect(await book.end(TENANT, id)).toBe(false);
    expect(await book.end(TENANT, 'no id')).toBe(false);
    expect(await book.list(TENANT, START_MS)).toEqual([]);
  });

  test('a project has so many that are not over, and those that are over make room', async () => {
    const book = tableSilenceBook({ tables });
    for (let index = 0; index < SILENCES_MAX; index++) {
      const { id } = silenceOf(index);
      const pk = `SIL#${encodeURIComponent(TENANT)}`;
      const silence = JSON.stringify(silenceOf(index));
      const key = { pk, sk: id };
      await tables.write({ kind: 'put', table: 'sre', key, item: { ...key, silence } });
    }
    const another = silenceOf(SILENCES_MAX, { untilMs: START_MS + 9 * HOUR_MS });
    expect(await book.put(TENANT, another, START_MS)).toBe(false);
    expect(await book.list(TENANT, START_MS)).toHaveLength(SILENCES_MAX);
    const laterMs = START_MS + 3 * HOUR_MS;
    expect(await book.put(TENANT, another, laterMs)).toBe(true);
    expect(await book.list(TENANT, laterMs)).toEqual([another]);
  });
});
