import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Tables } from '../../lambdas/platform/tables/tables.ts';
import { tableBaselineStore } from '../../lambdas/sre/adapters/table-baseline-store.ts';
import { newKey, newService } from '../../lambdas/sre/correlate/baseline.ts';
import { sourceName } from '../../lambdas/sre/domain/summary.ts';
import { BASELINE_PARTS, type StoredBaseline } from '../../lambdas/sre/ports/causes.ts';
import { ENGINES, type OpenEngine } from '../support/engines.ts';
import { sourceOf, START_MS } from '../support/sre/entries.ts';

/** As somebody may call a project. */
const TENANT = 'shop #1/ä';
const MINUTE = START_MS / 60_000;

const partOf = (version: number, calls: number): StoredBaseline => {
  const service = newService(sourceOf('cart'));
  service.keys.set('POST /cart', { ...newKey(), calls, events: new Map([['I done', calls]]) });
  service.versions.set('1.2.0', MINUTE);
  service.levels.set('cpu', [0.1, 0.25]);
  service.edges.set('stock', {
    gaps: new Map([[3, 2]]),
    background: { calls: 2, hits: 0 },
    frozenMinute: 0,
  });
  return {
    version,
    minute: MINUTE,
    begunMinute: 7,
    fadedMinute: MINUTE - 5,
    baseline: { minutes: 7, services: new Map([[sourceName(service.source), service]]) },
  };
};

describe.each(ENGINES)('baselines on $name', ({ open }) => {
  let engine: OpenEngine;
  let tables: Tables;
  beforeAll(async () => void (engine = await open()));
  beforeEach(async () => void (tables = await engine.fresh()));
  afterAll(() => engine.close());

  test('a part is read as it was written, by its tenant alone; the others are empty', async () => {
    const store = tableBaselineStore({ tables });
    expect(await store.save(TENANT, 3, partOf(0, 12))).toBe(true);
    const parts = await store.load(TENANT);
    expect(parts).toHaveLength(BASELINE_PARTS);
    expect(parts[3]).toEqual({ ...partOf(1, 12) });
    expect(parts[0]).toMatchObject({ version: 0, minute: 0 });
    expect((await store.load('shop')).every(({ version }) => version === 0)).toBe(true);
  });

  test('of two who loaded the same version one writes', async () => {
    const store = tableBaselineStore({ tables });
    expect(await store.save(TENANT, 0, partOf(0, 1))).toBe(true);
    expect(await store.save(TENANT, 0, partOf(0, 2))).toBe(false);
    expect(await store.save(TENANT, 0, partOf(1, 3))).toBe(true);
    expect(await store.save(TENANT, 0, partOf(1, 4))).toBe(false);
    const [part] = await store.load(TENANT);
    expect(part).toEqual(partOf(2, 3));
  });
});
