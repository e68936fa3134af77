import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { tableDeliveryStore } from '../../../lambdas/sre/adapters/table-delivery-store.ts';
import { tableDestinationBook } from '../../../lambdas/sre/adapters/table-destination-book.ts';
import { tableHealthBook } from '../../../lambdas/sre/adapters/table-health-book.ts';
import { tableInboundLog } from '../../../lambdas/sre/adapters/table-inbound-log.ts';
import { tableIncidentStore } from '../../../lambdas/sre/adapters/table-incident-store.ts';
import { tablePollList } from '../../../lambdas/sre/adapters/table-poll-list.ts';
import { VENDOR_WIRES } from '../../../lambdas/sre/destinations/vendor-wires.ts';
import type { Incident } from '../../../lambdas/sre/incidents/incident.ts';
import { openIncident } from '../../../lambdas/sre/incidents/life.ts';
import type { Destination } from '../../../lambdas/sre/tickets/destination.ts';
import { deliverTicket } from '../../../lambdas/sre/usecases/deliver-ticket.ts';
import { pollTickets } from '../../../lambdas/sre/usecases/poll-tickets.ts';
import { takeEvents } from '../../../lambdas/sre/usecases/take-inbound.ts';
import { decideBy } from '../../support/sre/decide-by.ts';
import { MemoryTables } from '../../support/memory-tables.ts';
import {
  SERVICENOW_PASSWORD,
  SERVICENOW_USER,
  startServiceNowStandIn,
  type ServiceNowStandIn,
} from '../../support/servicenow-stand-in.ts';
import { anomalyOf } from '../../support/sre/anomalies.ts';
import { destinationOf, ticketOfIncident } from '../../support/sre/delivered.ts';
import { START_MS } from '../../support/sre/entries.ts';
import { partsOf } from '../../support/sre/tickets.ts';
import {
  startZammadStandIn,
  ZAMMAD_GROUP,
  ZAMMAD_TOKEN,
  type ZammadStandIn,
} from '../../support/zammad-stand-in.ts';

const TENANT = 'shop';
const MINUTE_MS = 60_000;

let serviceNow: ServiceNowStandIn;
let zammad: ZammadStandIn;
beforeAll(async () => {
  [serviceNow, zammad] = await Promise.all([startServiceNowStandIn(), startZammadStandIn()]);
});
afterAll(() => {
  serviceNow.stop();
  zammad.stop();
});

let tables: MemoryTables;
let nowMs: number;
let attempts: number;
let incident: Incident;
beforeEach(async () => {
  tables = new MemoryTables();
  [nowMs, attempts] = [START_MS, 0];
  serviceNow.rows.length = 0;
  zammad.tickets.length = 0;
  const anomaly = anomalyOf(TENANT, 'cart');
  const change = openIncident({ anomaly, nowMs, follows: null, isDigest: false });
  await tableIncidentStore({ tables }).commit({
    tenant: TENANT,
    version: 0,
    changes: [change],
    marks: [],
  });
  incident = change.after;
  for (const desk of Object.values(DESKS))
    await tableDestinationBook({ tables, destinationsMax: 50 }).create(desk);
});

const DESKS = {
  servicenow: destinationOf({ id: 'dst_servicenow', tenant: TENANT, kind: 'servicenow' }),
  zammad: destinationOf({ id: 'dst_zammad', tenant: TENANT, kind: 'zammad' }),
} as const;
type Desk = keyof typeof DESKS;

const partsOfDesk = ({ kind }: Pick<Destination, 'kind'>, more: Readonly<Record<string, string>>) =>
  kind === 'servicenow'
    ? partsOf(
        kind,
        { url: serviceNow.url },
        { username: SERVICENOW_USER, password: SERVICENOW_PASSWORD, ...more },
      )
    : partsOf(
        'zammad',
        { url: zammad.url, group: ZAMMAD_GROUP, customer: 'sluice@example.com' },
        { token: ZAMMAD_TOKEN, ...more },
      );

const room = (secrets: Readonly<Record<string, string>> = {}) => {
  const clock = { nowMs: () => nowMs };
  const inbound = {
    incidents: tableIncidentStore({ tables }),
    timers: { ...clock, sleep: async () => await Promise.resolve() },
    deliveries: tableDeliveryStore({ tables }),
    inboundLog: tableInboundLog({ tables }),
    decide: decideBy(tables),
  };
  return {
    ...inbound,
    destinations: tableDestinationBook({ tables, destinationsMax: 50 }),
    health: tableHealthBook({ tables }),
    polls: tablePollList({ tables }),
    takeEvents: async (...[of, events]: [Destination, Parameters<typeof takeEvents>[2]]) =>
      await takeEvents(inbound, of, events),
    render: async (one: Incident) => await Promise.resolve(ticketOfIncident(one)),
    wireOf: async (of: Destination) =>
      await Promise.resolve(VENDOR_WIRES[of.kind]?.ticket(partsOfDesk(of, secrets)) ?? null),
    queue: { send: async () => await Promise.resolve() },
    news: { note: async () => await Promise.resolve() },
    clock,
    metrics: { record: () => undefined },
    report: (_message: string, error: unknown) => {
      throw error;
    },
    newAttemptId: () => `attempt-${++attempts}`,
    random: () => 0,
  };
};

const now = async (): Promise<Incident> => {
  const found = await tableIncidentStore({ tables }).get(TENANT, incident.id);
  if (found === null) throw new Error('the incident is gone');
  return found;
};

const deliver = async (desk: Desk, secrets = {}): Promise<void> => {
  const { newsRevision: revision } = await now();
  const key = { tenant: TENANT, incidentId: incident.id, destinationId: DESKS[desk].id };
  await tableDeliveryStore({ tables }).want(key, { revision, holdUntilMs: 0, nowMs });
  await deliverTicket(room(secrets), { task: { ...key, wakeMs: 0 }, untilMs: nowMs + MINUTE_MS });
};

const due = async () => await tablePollList({ tables }).due(nowMs, 100);
/** As `tick` asks, and `deliver` does. */
const tick = async (secrets = {}): Promise<readonly string[]> => {
  nowMs += 2 * MINUTE_MS;
  const tasks = await due();
  for (const task of tasks) await pollTickets(room(secrets), { task, untilMs: nowMs + MINUTE_MS });
  return tasks.map(({ destinationId }) => destinationId);
};

const MOVES: Readonly<Record<Desk, (to: 'acknowledge' | 'resolve') => void>> = {
  servicenow: (to) => {
    const [row] = serviceNow.rows;
    Object.assign(row ?? {}, {
      state: to === 'resolve' ? '6' : '2',
      sys_updated_by: 'ada',
      sys_updated_on: new Date(nowMs).toISOString().slice(0, 19).replace('T', ' '),
      sys_mod_count: String(Number(row?.['sys_mod_count']) + 1),
    });
  },
  zammad: (to) => {
    const [ticket] = zammad.tickets;
    Object.assign(ticket ?? {}, {
      state: to === 'resolve' ? 'closed' : 'open',
      updated_by_id: 9,
      updated_at: new Date(nowMs).toISOString(),
    });
  },
};

describe.each(['servicenow', 'zammad'] as const)('tickets of %s, which tells nothing', (desk) => {
  test('are looked at while they are open: who takes one acknowledges, who closes one resolves', async () => {
    await deliver(desk);
    expect(await tick()).toEqual([DESKS[desk].id]);
    expect((await now()).state).toBe('identified');
    MOVES[desk]('acknowledge');
    await tick();
    expect(await now()).toMatchObject({
      state: 'acknowledged',
      acknowledgedBy: expect.stringMatching(/^ada \(/),
    });
    const { revision } = await now();
    await tick();
    expect((await now()).revision).toBe(revision);
    MOVES[desk]('resolve');
    await tick();
    expect((await now()).state).toBe('resolved');
    // Nothing is open, and nothing is asked any more.
    await tick();
    expect(await tick()).toEqual([]);
  });

  test('are not asked twice for one turn, nor before the next', async () => {
    await deliver(desk);
    nowMs += 2 * MINUTE_MS;
    const [task] = await due();
    if (task === undefined) throw new Error('nothing is due');
    MOVES[desk]('acknowledge');
    await pollTickets(room(), { task, untilMs: nowMs + MINUTE_MS });
    const { revision } = await now();
    MOVES[desk]('resolve');
    await pollTickets(room(), { task, untilMs: nowMs + MINUTE_MS });
    expect(await now()).toMatchObject({ state: 'acknowledged', revision });
    expect(await due()).toEqual([]);
  });

  test('are asked before they are written over', async () => {
    await deliver(desk);
    MOVES[desk]('acknowledge');
    nowMs += 30_000;
    const store = tableIncidentStore({ tables });
    const before = await now();
    const worse: Incident = {
      ...before,
      band: 'critical',
      revision: before.revision + 1,
      newsRevision: before.revision + 1,
    };
    const step = { revision: worse.revision, atMs: nowMs, by: 'sluice', text: '' };
    const change = { before, after: worse, step: { ...step, kind: 'worse' as const } };
    await store.commit({ tenant: TENANT, version: null, changes: [change], marks: [] });
    await deliver(desk);
    expect(await now()).toMatchObject({ state: 'acknowledged', band: 'critical' });
    const [row, ticket] = [serviceNow.rows[0], zammad.tickets[0]];
    expect([
      row?.['sys_updated_by'] ?? ticket?.updated_by_id,
      row?.['state'] ?? ticket?.state,
    ]).toEqual(desk === 'servicenow' ? [SERVICENOW_USER, '2'] : [7, 'open']);
  });

  test('wait while the desk is down, and hold up nobody else', async () => {
    const other = desk === 'servicenow' ? 'zammad' : 'servicenow';
    await deliver(desk);
    await deliver(other);
    const down = desk === 'servicenow' ? serviceNow : zammad;
    down.fails({ when: 'instead', answer: 'cut' });
    MOVES[other]('acknowledge');
    await tick();
    expect((await now()).state).toBe('acknowledged');
    expect(await tick()).toEqual([DESKS[other].id]);
    MOVES[desk]('resolve');
    nowMs += 10 * MINUTE_MS;
    await tick();
    expect((await now()).state).toBe('resolved');
  });
});

test('a Zammad whose webhook tells is not asked', async () => {
  const secrets = { webhook_secret: 'a secret of the webhook' };
  await deliver('zammad', secrets);
  expect(await due()).toEqual([]);
  expect(await tick(secrets)).toEqual([]);
});

/** Of incidents of their own, each with a ticket. */
const openTickets = async (desk: Desk, count: number): Promise<readonly string[]> => {
  const store = tableIncidentStore({ tables });
  const ids: string[] = [];
  for (let index = 0; index < count; index++) {
    const anomaly = anomalyOf(TENANT, `service-${index}`);
    const change = openIncident({ anomaly, nowMs, follows: null, isDigest: false });
    await store.commit({ tenant: TENANT, version: 1 + index, changes: [change], marks: [] });
    const key = { tenant: TENANT, incidentId: change.after.id, destinationId: DESKS[desk].id };
    await tableDeliveryStore({ tables }).want(key, { revision: 1, holdUntilMs: 0, nowMs });
    await deliverTicket(room(), { task: { ...key, wakeMs: 0 }, untilMs: nowMs + MINUTE_MS });
    ids.push(change.after.id);
  }
  return ids;
};

test.each([
  ['zammad', 40, 2],
  ['zammad', 45, 3],
  ['servicenow', 120, 2],
] as const)('of %s with %i open tickets each is looked at within %i turns', async (...given) => {
  const [desk, count, turns] = given;
  const ids = await openTickets(desk, count);
  for (const ticket of zammad.tickets)
    Object.assign(ticket, {
      state: 'open',
      updated_by_id: 9,
      updated_at: new Date(nowMs).toISOString(),
    });
  for (const row of serviceNow.rows)
    Object.assign(row, { state: '2', sys_updated_by: 'ada', sys_mod_count: '7' });
  for (let turn = 0; turn < turns; turn++) await tick();
  const store = tableIncidentStore({ tables });
  const states = await Promise.all(ids.map(async (id) => (await store.get(TENANT, id))?.state));
  expect(states.filter((state) => state !== 'acknowledged')).toEqual([]);
});
