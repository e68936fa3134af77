import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { anomalyItemOf } from '../../../../lambdas/sre/adapters/anomaly-items.ts';
import { tableAnomalyBook } from '../../../../lambdas/sre/adapters/table-anomaly-book.ts';
import { tableDueList } from '../../../../lambdas/sre/adapters/table-due-list.ts';
import { tableIncidentStore } from '../../../../lambdas/sre/adapters/table-incident-store.ts';
import { tableSilenceBook } from '../../../../lambdas/sre/adapters/table-silence-book.ts';
import type { Anomaly } from '../../../../lambdas/sre/domain/anomaly.ts';
import type { Cause } from '../../../../lambdas/sre/domain/cause.ts';
import { changeIncident } from '../../../../lambdas/sre/usecases/change-incident.ts';
import { correlateIncidents } from '../../../../lambdas/sre/usecases/correlate-incidents.ts';
import { placeAnomalies } from '../../../../lambdas/sre/usecases/place-anomalies.ts';
import { MemoryTables } from '../../../support/memory-tables.ts';
import { anomalyOf } from '../../../support/sre/anomalies.ts';
import { sourceOf, START_MS } from '../../../support/sre/entries.ts';

/** Each bad day that incidents and tickets are for, and the test that shows it. */
const BAD_DAYS: readonly (readonly [day: string, file: string, shown: string])[] = [
  ['a destination is down for an hour', 'simulation/deliveries', "'down for an hour'"],
  ['it answers 500 after creating', 'simulation/deliveries', "'500 after creating'"],
  ['it times out after creating', 'simulation/deliveries', "'timed out after creating'"],
  ['it limits our rate', 'simulation/deliveries', "'rate limited'"],
  [
    'it refuses our credentials: one timeline says so, once',
    'simulation/deliveries',
    "'told each time'",
  ],
  ['it deletes the ticket', 'simulation/deliveries', "'ticket removed'"],
  ['it renames the project', 'wire/sre/destinations/jira', "'a project that was renamed'"],
  [
    'a late webhook, or our own echo',
    'unit/sre/usecases/take-inbound',
    'neither resolves nor acknowledges it',
  ],
  ['two correlators race', 'simulation/incidents', "'four correlators'"],
  ['a correlator dies', 'simulation/incidents', '`killed before a ${kind}`'],
  [
    'the stream is read again from its start',
    'simulation/incidents',
    "'stream read from its start'",
  ],
  [
    'incidents are merged, and taken apart',
    'unit/sre/routes/incident-routes',
    'is merged into the older one',
  ],
  [
    'a clock is half a minute off',
    'unit/sre/correlate/causes',
    'is right when a clock is %i ms off',
  ],
  [
    '5,000 anomalies in a minute',
    'unit/sre/usecases/bad-days',
    'open ten incidents and one digest',
  ],
  [
    '5,000 anomalies in a minute, as tickets',
    'unit/sre/usecases/bad-days-to-tickets',
    'is eleven tickets',
  ],
  [
    'the root changes three times, as a ticket',
    'unit/sre/usecases/bad-days-to-tickets',
    'is one ticket',
  ],
  [
    'a clock is half a minute off, as a ticket',
    'unit/sre/usecases/bad-days-to-tickets',
    'share one ticket',
  ],
  [
    'two projects have the same services, at their desks',
    'unit/sre/usecases/bad-days-to-tickets',
    'at their own desks',
  ],
  [
    'the stream is read again from its start, as tickets',
    'unit/sre/usecases/bad-days-to-tickets',
    'says nothing that was not said',
  ],
  ['the root changes three times', 'unit/sre/usecases/bad-days', 'stays one incident'],
  ['two projects have the same services', 'unit/sre/usecases/bad-days', 'are told apart'],
];

test.each(BAD_DAYS)('%s: a test shows it', (_day, file, shown) => {
  const path = `test/${file}.test.ts`;
  expect(existsSync(path)).toBe(true);
  const text = readFileSync(path, 'utf8');
  expect(text.split(shown).length - 1).toBeGreaterThan(file.endsWith('bad-days') ? 1 : 0);
});

const room = (tables = new MemoryTables()) => {
  const timers = { nowMs: () => START_MS + 60_000, sleep: async () => await Promise.resolve() };
  return {
    tables,
    anomalies: tableAnomalyBook({ tables }),
    incidents: tableIncidentStore({ tables }),
    silences: tableSilenceBook({ tables }),
    graph: { edges: async () => await Promise.resolve([]) },
    due: tableDueList({ tables }),
    timers,
    put: (...anomalies: readonly Anomaly[]) => {
      for (const anomaly of anomalies) tables.place('sre', anomalyItemOf(anomaly));
      return anomalies.map(({ id }) => id);
    },
  };
};

describe('incidents on a bad day', () => {
  test('5,000 anomalies in a minute open ten incidents and one digest', async () => {
    const deps = room();
    const storm = Array.from({ length: 5_000 }, (_, index) => anomalyOf('shop', `s${index}`));
    const anomalyIds = deps.put(...storm);
    await placeAnomalies(deps, { tenant: 'shop', anomalyIds, areDeferred: false });
    const { live } = await deps.incidents.load('shop', [], deps.timers.nowMs());
    expect(live.filter(({ isDigest }) => !isDigest)).toHaveLength(10);
    expect(live.filter(({ isDigest }) => isDigest).map(({ anomalyCount }) => anomalyCount)).toEqual(
      [4_990],
    );
  });

  test('one whose root changes three times stays one incident, and each root is news of it', async () => {
    const deps = room();
    const [id = ''] = deps.put(anomalyOf('shop', 'web'));
    const roots = ['web', 'cart', 'db'];
    const look = { tenant: 'shop', anomalyIds: [id], incidentId: null, isSweep: false };
    const causeOf = async () => await Promise.resolve(causeBy(roots.shift() ?? 'db'));
    const correlating = {
      ...deps,
      causeOf,
      looks: { ask: async () => {} },
      windows: { load: async () => await Promise.resolve(new Map()) },
      metrics: { record: () => undefined },
    };
    await correlateIncidents(correlating, look);
    const { live } = await deps.incidents.load('shop', [], deps.timers.nowMs());
    const incidentId = live[0]?.id ?? '';
    for (let again = 0; again < 3; again++)
      await correlateIncidents(correlating, { ...look, anomalyIds: [], incidentId });
    const steps = await deps.incidents.steps('shop', incidentId);
    expect(steps.map(({ kind }) => kind)).toEqual(['opened', 'cause', 'cause', 'cause']);
    const after = await deps.incidents.load('shop', [], deps.timers.nowMs());
    expect(after.live).toMatchObject([
      { id: incidentId, generation: 1, newsRevision: 4, cause: { root: { service: 'db' } } },
    ]);
  });

  test('two projects with the same services are told apart, whatever is done to one', async () => {
    const tables = new MemoryTables();
    const deps = room(tables);
    for (const tenant of ['shop', 'shop #2']) {
      const anomalyIds = deps.put(anomalyOf(tenant, 'cart'));
      await placeAnomalies(deps, { tenant, anomalyIds, areDeferred: false });
    }
    const liveOf = async (tenant: string) =>
      (await deps.incidents.load(tenant, [], deps.timers.nowMs())).live;
    const [[one], [other]] = [await liveOf('shop'), await liveOf('shop #2')];
    const act = { kind: 'resolve', reason: 'Done.' } as const;
    const id = one?.id ?? '';
    expect(await changeIncident(deps, { tenant: 'shop #2', id, act, by: 'eve' })).toBeNull();
    await changeIncident(deps, { tenant: 'shop', id, act, by: 'ada' });
    expect(await liveOf('shop')).toEqual([]);
    expect(await liveOf('shop #2')).toEqual([other]);
    expect(one?.id).not.toBe(other?.id);
  });
});

const causeBy = (service: string): Cause => ({
  root: sourceOf(service),
  confidence: 4,
  suspects: [],
  chain: [],
  affected: [],
  timeline: [],
  gaps: [],
  samples: [],
  template: null,
});
