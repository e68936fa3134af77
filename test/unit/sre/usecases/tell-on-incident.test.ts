import { beforeEach, expect, test } from 'vitest';
import { tableIncidentStore } from '../../../../lambdas/sre/adapters/table-incident-store.ts';
import { openIncident } from '../../../../lambdas/sre/incidents/life.ts';
import { changeIncident } from '../../../../lambdas/sre/usecases/change-incident.ts';
import { tellOnIncident } from '../../../../lambdas/sre/usecases/tell-on-incident.ts';
import { MemoryTables } from '../../../support/memory-tables.ts';
import { anomalyOf } from '../../../support/sre/anomalies.ts';
import { TENANT } from '../../../support/sre/delivered.ts';
import { START_MS } from '../../../support/sre/entries.ts';

const opened = openIncident({
  anomaly: anomalyOf(TENANT, 'cart'),
  nowMs: START_MS,
  follows: null,
  isDigest: false,
});
const { id } = opened.after;

let deps: Parameters<typeof tellOnIncident>[0] & Parameters<typeof changeIncident>[0];
let store: ReturnType<typeof tableIncidentStore>;
beforeEach(async () => {
  store = tableIncidentStore({ tables: new MemoryTables() });
  deps = {
    incidents: store,
    timers: { nowMs: () => START_MS, sleep: async () => await Promise.resolve() },
  };
  await store.commit({ tenant: TENANT, version: 0, changes: [opened], marks: [] });
});

const tell = async (reference: string, text = 'Ada approved it.') =>
  await tellOnIncident(deps, { tenant: TENANT, incidentId: id, reference, by: 'ada', text });
const noteTimes = async (times: number, text: string): Promise<void> => {
  for (let note = 0; note < times; note++)
    await changeIncident(deps, { tenant: TENANT, id, by: 'ada', act: { kind: 'note', text } });
};
const steps = async () => await store.steps(TENANT, id);
const bytesOf = (shown: unknown): number => Buffer.byteLength(JSON.stringify(shown));

test('what was told is told once, however many steps came before and after it', async () => {
  await noteTimes(2_100, 'x');
  await tell('r.decided');
  expect((await steps()).at(-1)).toMatchObject({ kind: 'remediation', reference: 'r.decided' });
  await tell('r.decided');
  await noteTimes(2_100, 'x');
  await tell('r.decided');
  const { revision } = (await store.get(TENANT, id)) ?? {};
  expect(revision).toBe(1 + 2_100 + 1 + 2_100);
});

test('the newest steps are shown, in order, and fit an answer whatever their texts are', async () => {
  await noteTimes(900, '漢'.repeat(2_000));
  await tell('r.decided');
  const shown = await steps();
  expect(shown.map(({ revision }) => revision)).toEqual(
    Array.from({ length: shown.length }, (_, index) => 902 - shown.length + 1 + index),
  );
  expect(shown.length).toBeGreaterThan(200);
  expect(bytesOf(shown)).toBeLessThan(2_100_000);
});
