import { beforeEach, describe, expect, test } from 'vitest';
import { anomalyItemOf } from '../../../../lambdas/sre/adapters/anomaly-items.ts';
import { tableAnomalyBook } from '../../../../lambdas/sre/adapters/table-anomaly-book.ts';
import { tableDeployBook } from '../../../../lambdas/sre/adapters/table-deploy-book.ts';
import { tableDiagnosisSettings } from '../../../../lambdas/sre/adapters/table-diagnosis-settings.ts';
import { tableDueList } from '../../../../lambdas/sre/adapters/table-due-list.ts';
import { incidentKey, incidentOfItem } from '../../../../lambdas/sre/adapters/incident-items.ts';
import { NOTED_REVISIONS_MAX } from '../../../../lambdas/sre/incidents/limits.ts';
import { tableIncidentStore } from '../../../../lambdas/sre/adapters/table-incident-store.ts';
import { tableRemediationStore } from '../../../../lambdas/sre/adapters/table-remediation-store.ts';
import { tableRunbookBook } from '../../../../lambdas/sre/adapters/table-runbook-book.ts';
import { tableSilenceBook } from '../../../../lambdas/sre/adapters/table-silence-book.ts';
import type { Anomaly } from '../../../../lambdas/sre/domain/anomaly.ts';
import { quietOf } from '../../../../lambdas/sre/incidents/quiet.ts';
import { incidentRoutes } from '../../../../lambdas/sre/routes/incident-routes.ts';
import { silenceRoutes } from '../../../../lambdas/sre/routes/silence-routes.ts';
import { placeAnomalies } from '../../../../lambdas/sre/usecases/place-anomalies.ts';
import { PROJECT } from '../../../support/key-items.ts';
import { anomalyOf } from '../../../support/sre/anomalies.ts';
import { START_MS } from '../../../support/sre/entries.ts';
import { sreRoom, type SreRoom } from '../../../support/sre/sre-room.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const graph = { edges: async () => await Promise.resolve([]) };

let room: SreRoom;
beforeEach(async () => {
  room = await sreRoom(
    START_MS,
    [
      '/v1/incidents/{incident_id}',
      '/v1/anomalies/{anomaly_id}/incident',
      '/v1/silences/{silence_id}',
    ],
    ({ tables, keys, clock }) => {
      let silences = 0;
      const deps = {
        keys,
        anomalies: tableAnomalyBook({ tables }),
        incidents: tableIncidentStore({ tables }),
        silences: tableSilenceBook({ tables }),
        deploys: tableDeployBook({ tables }),
        graph,
        diagnoses: tableDiagnosisSettings({ tables }),
        runbooks: tableRunbookBook({ tables }),
        remediations: tableRemediationStore({ tables }),
        timers: { ...clock, sleep: async () => await Promise.resolve() },
        newSilenceId: () => `silence_${String(silences++).padStart(26, '0')}`,
      };
      return { ...incidentRoutes(deps), ...silenceRoutes(deps) };
    },
  );
});

/** What correlation does with anomalies as they are now. */
const placed = async (...anomalies: readonly Anomaly[]): Promise<readonly string[]> => {
  const { tables } = room;
  for (const anomaly of anomalies) tables.place('sre', anomalyItemOf(anomaly));
  const incidents = await placeAnomalies(
    {
      anomalies: tableAnomalyBook({ tables }),
      incidents: tableIncidentStore({ tables }),
      silences: tableSilenceBook({ tables }),
      graph,
      due: tableDueList({ tables }),
      timers: { nowMs: () => room.nowMs, sleep: async () => await Promise.resolve() },
    },
    { tenant: PROJECT, anomalyIds: anomalies.map(({ id }) => id), areDeferred: false },
  );
  return incidents.map(({ id }) => id);
};
const opened = async (service = 'cart'): Promise<string> => {
  const [id = ''] = await placed(anomalyOf(PROJECT, service));
  return id;
};
const change = async (id: string, body: object) =>
  await room.send('PATCH', `/v1/incidents/${id}`, body);
const steps = async (id: string) =>
  (await tableIncidentStore({ tables: room.tables }).steps(PROJECT, id)).map(({ kind }) => kind);

describe('an incident that people change', () => {
  test('is acknowledged once, by whoever came first', async () => {
    const id = await opened();
    expect((await change(id, { state: 'acknowledged' })).body).toMatchObject({
      state: 'acknowledged',
      acknowledged_at: START_MS,
    });
    await change(id, { state: 'acknowledged' });
    await change(id, { state: 'investigating' });
    expect((await change(id, { state: 'mitigated' })).body).toMatchObject({
      acknowledged_at: START_MS,
      state: 'mitigated',
    });
    expect(await steps(id)).toEqual(['opened', 'acknowledged', 'investigating', 'mitigated']);
  });

  test('takes no notes beyond a number of changes, and is changed without one', async () => {
    const id = await opened();
    const key = incidentKey(PROJECT, id);
    const item = await room.tables.get('sre', key);
    const incident = { ...incidentOfItem(item ?? {}), revision: NOTED_REVISIONS_MAX };
    const stored = { ...item, ...key, rev: incident.revision, incident: JSON.stringify(incident) };
    room.tables.place('sre', stored);
    expect((await change(id, { state: 'acknowledged', note: 'DNS' })).status).toBe(409);
    expect(await steps(id)).toEqual(['opened']);
    expect((await change(id, { state: 'acknowledged' })).status).toBe(200);
  });

  test('takes notes alone once it is resolved', async () => {
    const id = await opened();
    await change(id, { state: 'resolved' });
    const after = await change(id, { state: 'acknowledged', assignee: 'ada', note: 'DNS' });
    expect(after.body).toMatchObject({ state: 'resolved', assignee: null });
    expect(await steps(id)).toEqual(['opened', 'resolved', 'noted']);
  });

  test('that is not there is a 404, and so is one to merge it into', async () => {
    const missing = `incident_${'0'.repeat(21)}`;
    expect((await change(missing, { note: 'x' })).status).toBe(404);
    expect((await change(await opened(), { merged_into: missing })).status).toBe(404);
  });

  test('is merged into the older one, and taken apart for good', async () => {
    const older = await opened('cart');
    room.nowMs += MINUTE_MS;
    const younger = await opened('mail');
    expect((await change(older, { merged_into: younger })).body).toMatchObject({
      id: older,
      merged_into: null,
      members: [{ source: { service: 'cart' } }, { source: { service: 'mail' } }],
    });
    expect((await change(older, { merged_into: younger })).status).toBe(409);
    expect((await change(younger, { merged_into: null })).body).toMatchObject({
      state: 'identified',
      merged_into: null,
    });
    expect(await steps(younger)).toEqual(['opened', 'merged', 'unmerged']);
    expect(await steps(older)).toEqual(['opened', 'took_in', 'gave_back']);
    // What comes of both stays with each.
    room.nowMs += MINUTE_MS;
    const worse = { band: 'critical', revision: 2 } as const;
    const again = await placed(
      anomalyOf(PROJECT, 'cart', worse),
      anomalyOf(PROJECT, 'mail', worse),
    );
    expect(again.toSorted()).toEqual([older, younger].toSorted());
  });

  test('that is called noise is resolved, and what looks like it opens nothing until then, unless it is worse', async () => {
    const id = await opened();
    const untilMs = START_MS + 9 * HOUR_MS;
    expect((await change(id, { noise_until: untilMs })).body).toMatchObject({ state: 'resolved' });
    room.nowMs += 2 * HOUR_MS;
    const openedMs = room.nowMs - MINUTE_MS;
    expect(await placed(anomalyOf(PROJECT, 'cart', { openedMs }))).toEqual([]);
    expect(await placed(anomalyOf(PROJECT, 'mail', { openedMs }))).toHaveLength(1);
    const worse = anomalyOf(PROJECT, 'cart', { openedMs, band: 'critical', revision: 2 });
    expect(await placed(worse)).toHaveLength(1);
  });
});

describe('an incident that people open again', () => {
  const over = async (): Promise<string> => {
    const id = await opened();
    await change(id, { state: 'acknowledged' });
    await change(id, { state: 'resolved' });
    return id;
  };

  test('within the hour is the same one in its next generation, and nobody has it', async () => {
    const id = await over();
    room.nowMs += HOUR_MS - 1;
    expect((await change(id, { state: 'identified', assignee: 'ada' })).body).toMatchObject({
      id,
      generation: 2,
      state: 'identified',
      severity: 'high',
      assignee: 'ada',
      acknowledged_at: null,
      resolved_at: null,
    });
    expect(await steps(id)).toEqual(['opened', 'acknowledged', 'resolved', 'reopened', 'assigned']);
    expect((await change(id, { state: 'identified' })).body).toMatchObject({ generation: 2 });
  });

  test('later is a new one that follows it and holds its sources', async () => {
    const id = await opened();
    await change(id, { noise_until: START_MS + 2 * HOUR_MS });
    room.nowMs += HOUR_MS;
    const { body } = await change(id, { state: 'identified' });
    expect(body).toMatchObject({
      generation: 1,
      state: 'identified',
      follows: id,
      members: [{ source: { service: 'cart' } }],
    });
    expect(body).not.toMatchObject({ id });
    const stored = await tableIncidentStore({ tables: room.tables }).get(PROJECT, id);
    expect(stored?.noiseGeneration).toBe(1);
    const worse = anomalyOf(PROJECT, 'cart', { band: 'critical', revision: 2 });
    const [joined] = await placed(worse);
    expect(body).toMatchObject({ id: joined });
    const follower = await tableIncidentStore({ tables: room.tables }).get(PROJECT, joined ?? '');
    expect(follower?.noiseGeneration).toBe(null);
  });

  test('is not resolved by quiet at the next look, but after a quarter of an hour', async () => {
    const id = await over();
    room.nowMs += 40 * MINUTE_MS;
    await change(id, { state: 'identified' });
    const incident = await tableIncidentStore({ tables: room.tables }).get(PROJECT, id);
    if (incident === null) throw new Error('it is not there');
    const quietAt = (nowMs: number) =>
      quietOf({ incident: { ...incident, members: [] }, anomalies: [], windows: new Map(), nowMs });
    expect(quietAt(room.nowMs + 14 * MINUTE_MS).kind).toBe('going_on');
    expect(quietAt(room.nowMs + 15 * MINUTE_MS).kind).toBe('quiet');
  });

  test('is refused where its source is live in another one, and where it is a part of one', async () => {
    const id = await over();
    room.nowMs += 2 * HOUR_MS;
    await placed(anomalyOf(PROJECT, 'cart', { openedMs: room.nowMs - MINUTE_MS }));
    expect(await change(id, { state: 'identified' })).toMatchObject({
      status: 409,
      body: { error: { message: expect.stringContaining('is live') } },
    });
    const [mail = ''] = await placed(anomalyOf(PROJECT, 'mail', { openedMs: room.nowMs }));
    const [web = ''] = await placed(anomalyOf(PROJECT, 'web', { openedMs: room.nowMs }));
    await change(mail, { merged_into: web });
    const part = mail > web ? mail : web;
    expect((await change(part, { state: 'identified' })).status).toBe(409);
  });
});

describe('a silence', () => {
  const body = { reason: 'works', pattern: { service: 'cart' } };

  test('with hours holds within them alone, week by week, and what continues opens when they end', async () => {
    // A Monday, 03:00 in Berlin.
    room.nowMs = Date.parse('2026-11-30T02:00:00Z');
    const hours = { time_zone: 'Europe/Berlin', days: [1], from_minute: 125, until_minute: 190 };
    const until = room.nowMs + 90 * 24 * HOUR_MS;
    const made = await room.send('POST', '/v1/silences', { ...body, until, hours });
    expect(made).toMatchObject({ status: 201, body: { hours } });
    const cart = anomalyOf(PROJECT, 'cart', { openedMs: room.nowMs, foundMs: room.nowMs });
    expect(await placed(cart)).toEqual([]);
    const due = tableDueList({ tables: room.tables });
    const endMs = Date.parse('2026-11-30T02:10:00Z');
    expect(await due.due(endMs - 1)).toEqual([]);
    expect(await due.due(endMs)).toEqual([{ tenant: PROJECT, anomalyIds: [cart.id] }]);
    room.nowMs = endMs;
    expect(await placed(cart)).toHaveLength(1);
    room.nowMs = Date.parse('2026-12-07T01:05:00Z');
    const next = anomalyOf(PROJECT, 'cart', { openedMs: room.nowMs, kind: 'crash' });
    await change(await live(), { state: 'resolved' });
    expect(await placed(next)).toEqual([]);
    expect((await room.send('GET', `/v1/anomalies/${next.id}/incident`)).body).toMatchObject({
      verdict: 'silenced',
      why: expect.stringContaining('2026-12-07T02:10:00.000Z'),
    });
  });

  const live = async (): Promise<string> => {
    const board = await tableIncidentStore({ tables: room.tables }).load(PROJECT, [], room.nowMs);
    return board.live[0]?.id ?? '';
  };

  test.each([
    ['that is over before it begins', { until: START_MS - 1 }],
    ['of more than a year', { until: START_MS + 367 * 24 * HOUR_MS }],
    [
      'of hours over midnight',
      {
        until: START_MS + HOUR_MS,
        hours: { time_zone: 'UTC', days: [1], from_minute: 1_400, until_minute: 60 },
      },
    ],
    [
      'of a zone that nobody knows',
      {
        until: START_MS + HOUR_MS,
        hours: { time_zone: 'Mars/Olympus', days: [1], from_minute: 0, until_minute: 60 },
      },
    ],
  ])('%s is refused', async (_name, given) => {
    expect((await room.send('POST', '/v1/silences', { ...body, ...given })).status).toBe(400);
  });
});

describe('a deployment', () => {
  test('of a service alone is one of any environment and namespace', async () => {
    const { body } = await room.send('POST', '/v1/deploys', { service: 'cart', version: '2.0' });
    expect(body).toMatchObject({ source: { service: 'cart', environment: '*', namespace: '*' } });
    const none = { service: 'cart', version: '2.0', environment: '', namespace: '' };
    expect((await room.send('POST', '/v1/deploys', none)).body).toMatchObject({
      source: { environment: '', namespace: '' },
    });
  });
});
