import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tableIncidentStore } from '../../lambdas/sre/adapters/table-incident-store.ts';
import { tableSilenceBook } from '../../lambdas/sre/adapters/table-silence-book.ts';
import type { Tables } from '../../lambdas/platform/tables/tables.ts';
import { openIncident } from '../../lambdas/sre/incidents/life.ts';
import { sumIncidents } from '../../lambdas/sre/usecases/sum-incidents.ts';
import { callNoise } from '../../lambdas/sre/usecases/call-noise.ts';
import { ENGINES, type OpenEngine } from '../support/engines.ts';
import { anomalyOf } from '../support/sre/anomalies.ts';
import { START_MS } from '../support/sre/entries.ts';

const TENANT = 'shop #1/ä';
const MINUTE_MS = 60_000;

describe.each(ENGINES)('the sum of incidents on $name', ({ open }) => {
  let engine: OpenEngine;
  let tables: Tables;
  const ids: string[] = [];
  beforeAll(async () => {
    engine = await open();
    tables = await engine.fresh();
    const store = tableIncidentStore({ tables });
    for (let index = 0; index < 5; index++) {
      const anomaly = anomalyOf(TENANT, `service-${index}`);
      const nowMs = START_MS + index * MINUTE_MS;
      const change = openIncident({ anomaly, nowMs, follows: null, isDigest: false });
      await store.commit({ tenant: TENANT, version: index, changes: [change], marks: [] });
      ids.push(change.after.id);
    }
  });
  afterAll(() => engine.close());

  const countOf = async (tenant: string, fromMs: number, toMs: number): Promise<number> => {
    const deps = { incidents: tableIncidentStore({ tables }) };
    return (await sumIncidents(deps, { tenant, fromMs, toMs })).totals.incidents;
  };

  test.each([
    [0, 4, 5],
    [1, 3, 3],
    [2, 2, 1],
    [5, 9, 0],
    [-9, -1, 0],
  ])('from minute %i to %i there are %i: both ends are part of it', async (from, to, count) => {
    const [fromMs, toMs] = [START_MS + from * MINUTE_MS, START_MS + to * MINUTE_MS];
    expect(await countOf(TENANT, fromMs, toMs)).toBe(count);
    expect(await countOf('shop', fromMs, toMs)).toBe(0);
  });

  test('what is called noise is over and counts as noise, and so does what was over before', async () => {
    const incidents = tableIncidentStore({ tables });
    const timers = {
      nowMs: () => START_MS + 9 * MINUTE_MS,
      sleep: async () => await Promise.resolve(),
    };
    const silences = tableSilenceBook({ tables });
    const call = async (id = '') =>
      await callNoise(
        { incidents, silences, timers, newSilenceId: () => `silence_${id}` },
        { tenant: TENANT, id, untilMs: START_MS + 99 * MINUTE_MS, by: 'ada' },
      );
    const first = await call(ids[0]);
    expect(first).toMatchObject({ state: 'resolved', noiseGeneration: 1 });
    expect((await call(ids[0]))?.revision).toBe(first?.revision);
    const deps = { incidents };
    const range = { tenant: TENANT, fromMs: START_MS, toMs: START_MS + 9 * MINUTE_MS };
    expect((await sumIncidents(deps, range)).totals).toMatchObject({
      incidents: 5,
      noise: 1,
      live: 4,
    });
  });
});
