import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Tables } from '../../lambdas/platform/tables/tables.ts';
import { tableDiagnosisClaims } from '../../lambdas/sre/adapters/table-diagnosis-claims.ts';
import { tableDiagnosisSettings } from '../../lambdas/sre/adapters/table-diagnosis-settings.ts';
import { NO_DIAGNOSES } from '../../lambdas/sre/diagnose/plan-diagnosis.ts';
import { ENGINES, type OpenEngine } from '../support/engines.ts';

/** As somebody may call a project. */
const TENANT = 'shop #1/ä';
const TASK = { tenant: TENANT, incidentId: 'incident_1', generation: 1 };
const attempt = (attemptId: string, nowMs: number) => ({ attemptId, nowMs, leaseMs: 100 });

describe.each(ENGINES)('who asks a model about an incident, on $name', ({ open }) => {
  let engine: OpenEngine;
  let tables: Tables;
  beforeAll(async () => void (engine = await open()));
  beforeEach(async () => void (tables = await engine.fresh()));
  afterAll(() => engine.close());

  test('is one at a time, until the lease is over or given back', async () => {
    const claims = tableDiagnosisClaims({ tables });
    const claimed = (tries: number) => ({ kind: 'claimed', tries });
    const held = (untilMs: number) => ({ kind: 'held', untilMs });
    expect(await claims.claim(TASK, attempt('a', 1_000))).toEqual(claimed(1));
    // Its answer was lost, and the write was tried again.
    expect(await claims.claim(TASK, attempt('a', 1_000))).toEqual(claimed(1));
    expect(await claims.claim(TASK, attempt('b', 1_099))).toEqual(held(1_100));
    expect(await claims.claim(TASK, attempt('b', 1_100))).toEqual(claimed(2));
    await claims.release(TASK, 'a');
    expect(await claims.claim(TASK, attempt('c', 1_101))).toEqual(held(1_200));
    await claims.release(TASK, 'b');
    expect(await claims.claim(TASK, attempt('c', 1_101))).toEqual(claimed(3));
    for (const other of [{ tenant: 'shop' }, { generation: 2 }])
      expect(await claims.claim({ ...TASK, ...other }, attempt('d', 1_101))).toEqual(claimed(1));
  });

  test('of many at once is one', async () => {
    const claims = tableDiagnosisClaims({ tables });
    const names = Array.from({ length: 20 }, (_, index) => `attempt-${index}`);
    const tries = await Promise.all(
      names.map(async (name) => await claims.claim(TASK, attempt(name, 1_000))),
    );
    expect(tries.filter(({ kind }) => kind === 'claimed')).toHaveLength(1);
  });

  test('is as a project set it, which is nobody until it did', async () => {
    const book = tableDiagnosisSettings({ tables });
    expect(await book.get(TENANT)).toEqual(NO_DIAGNOSES);
    const set = { model: 'm', bandMin: 'low', capNanoUsd: null, keyNumber: 3 } as const;
    await book.put(TENANT, set);
    expect(await book.get(TENANT)).toEqual(set);
    expect(await book.get('shop')).toEqual(NO_DIAGNOSES);
  });
});
