import { beforeEach, describe, expect, test } from 'vitest';
import { tableDeliveryStore } from '../../../../lambdas/sre/adapters/table-delivery-store.ts';
import { tableDestinationBook } from '../../../../lambdas/sre/adapters/table-destination-book.ts';
import { tableInboundLog } from '../../../../lambdas/sre/adapters/table-inbound-log.ts';
import { tableIncidentStore } from '../../../../lambdas/sre/adapters/table-incident-store.ts';
import { openIncident, reopen, resolve } from '../../../../lambdas/sre/incidents/life.ts';
import type { Incident } from '../../../../lambdas/sre/incidents/incident.ts';
import { VENDOR_WIRES } from '../../../../lambdas/sre/destinations/vendor-wires.ts';
import { WEBHOOK } from '../../../../lambdas/sre/destinations/webhook/webhook.ts';
import type { InboundEvent } from '../../../../lambdas/sre/tickets/inbound-wire.ts';
import { takeInbound } from '../../../../lambdas/sre/usecases/take-inbound.ts';
import { decideBy } from '../../../support/sre/decide-by.ts';
import { MemoryTables } from '../../../support/memory-tables.ts';
import { anomalyOf } from '../../../support/sre/anomalies.ts';
import { destinationOf } from '../../../support/sre/delivered.ts';
import { START_MS } from '../../../support/sre/entries.ts';

const TENANT = 'shop';
const MINUTE_MS = 60_000;
const REOPENED_MS = START_MS + 20 * MINUTE_MS;
const NOW_MS = REOPENED_MS + 10 * MINUTE_MS;
const DESTINATION = destinationOf({ tenant: TENANT, kind: 'jira' });
const TICKET = '10001';

let tables: MemoryTables;
let incident: Incident;

/** An incident that opened, was resolved and opened again, with a ticket that shows it. */
beforeEach(async () => {
  tables = new MemoryTables();
  const anomaly = anomalyOf(TENANT, 'cart');
  const opened = openIncident({ anomaly, nowMs: START_MS, follows: null, isDigest: false });
  const step = { atMs: START_MS + MINUTE_MS, by: 'ada', kind: 'resolved', text: '' } as const;
  const over = resolve(opened.after, step);
  const again = reopen(over.after, { ...anomaly, revision: 2 }, REOPENED_MS);
  const store = tableIncidentStore({ tables });
  for (const [version, change] of [opened, over, again].entries())
    await store.commit({ tenant: TENANT, version, changes: [change], marks: [] });
  incident = again.after;
  await tableDestinationBook({ tables, destinationsMax: 50 }).create(DESTINATION);
  await deliver({ sentMs: REOPENED_MS + 2_000 });
});

const key = () => ({
  tenant: TENANT,
  incidentId: incident.id,
  destinationId: DESTINATION.id,
});

const deliver = async ({ sentMs }: { readonly sentMs: number }) => {
  const deliveries = tableDeliveryStore({ tables });
  await deliveries.want(key(), { revision: 3, holdUntilMs: 0, nowMs: sentMs });
  await leased(sentMs);
  const [stored] = await deliveries.list(TENANT, incident.id);
  if (stored === undefined) throw new Error('there is no delivery');
  const delivery = { ...stored.delivery, externalId: TICKET, sentMs, sentRevision: 3 };
  await deliveries.record('attempt', { delivery, newStrays: [], closedStray: null });
};

const leased = async (atMs: number): Promise<void> => {
  const deliveries = tableDeliveryStore({ tables });
  const [stored] = await deliveries.list(TENANT, incident.id);
  if (stored === undefined) throw new Error('there is no delivery');
  const lease = { attemptId: 'attempt', untilMs: atMs + 75_000, doing: 'update' } as const;
  await deliveries.lease(stored.delivery, { ...lease, unsureSinceMs: null, againMs: null });
};

const taken = async (given: Partial<InboundEvent>, nowMs = NOW_MS) => {
  const event: InboundEvent = {
    id: 'event',
    incidentId: null,
    externalId: TICKET,
    generation: null,
    atMs: nowMs,
    isOwnAccount: false,
    by: 'ada',
    action: { kind: 'resolve' },
    ...given,
  };
  const reading = { kind: 'read', events: [event] } as const;
  await takeInbound(
    {
      destinations: tableDestinationBook({ tables, destinationsMax: 50 }),
      secretsOf: async () => await Promise.resolve({}),
      deliveries: tableDeliveryStore({ tables }),
      inboundLog: tableInboundLog({ tables }),
      decide: decideBy(tables),
      incidents: tableIncidentStore({ tables }),
      timers: { nowMs: () => nowMs, sleep: async () => await Promise.resolve() },
      wires: {
        jira: {
          problem: () => null,
          ticket: () => {
            throw new Error('nothing is sent');
          },
          inbound: { hasSignature: () => true, wire: () => ({ read: () => reading }) },
        },
      },
    },
    DESTINATION.id,
    { headers: {}, query: {}, body: new Uint8Array(), nowMs },
  );
  return await tableIncidentStore({ tables }).get(TENANT, incident.id);
};

describe('what people did to a ticket', () => {
  test('is done to its incident', async () => {
    expect(await taken({})).toMatchObject({ state: 'resolved', revision: 4 });
  });

  test.each([
    ['before the incident opened again', { atMs: REOPENED_MS - 1 }],
    ['to its first generation', { generation: 1 }],
  ])('%s neither resolves nor acknowledges it', async (_name, given) => {
    expect(await taken(given)).toMatchObject({ state: 'identified' });
    const action = { kind: 'acknowledge' } as const;
    expect(await taken({ ...given, id: 'another', action })).toMatchObject({ state: 'identified' });
  });

  test('before that stays a comment on its timeline', async () => {
    const action = { kind: 'comment', text: 'it was DNS' } as const;
    expect(await taken({ action, atMs: REOPENED_MS - 1 })).toMatchObject({ revision: 4 });
  });

  test('is on its timeline without what moves a cursor or turns text around, whatever kind reports it', async () => {
    const action = { kind: 'comment', text: 'it was\u001b[2J DNS\u202e\nagain' } as const;
    await taken({ action, by: 'ada\u001b[1m\n' });
    const steps = await tableIncidentStore({ tables }).steps(TENANT, incident.id);
    expect(steps.at(-1)).toMatchObject({ text: 'it was [2J DNS\nagain' });
    expect(steps.at(-1)?.by).toMatch(/^ada \[1m \(/);
  });

  test.each([
    ['names its generation', { generation: 2, atMs: null }],
    ['names no time', { atMs: null }],
  ])('counts where it %s', async (_name, given) => {
    expect(await taken(given)).toMatchObject({ state: 'resolved' });
  });
});

test('what is not signed at all is refused before a secret is read', async () => {
  for (const kind of ['jira', 'slack', 'pagerduty', 'opsgenie', 'zammad', 'webhook'] as const) {
    const destination = destinationOf({ id: `dst_${kind.replaceAll('_', '')}`, kind });
    await tableDestinationBook({ tables, destinationsMax: 50 }).create(destination);
    let reads = 0;
    const taking = async (headers: Readonly<Record<string, string>>) =>
      await takeInbound(
        {
          destinations: tableDestinationBook({ tables, destinationsMax: 50 }),
          secretsOf: async () => {
            reads++;
            return await Promise.resolve({});
          },
          deliveries: tableDeliveryStore({ tables }),
          inboundLog: tableInboundLog({ tables }),
          decide: decideBy(tables),
          incidents: tableIncidentStore({ tables }),
          timers: { nowMs: () => NOW_MS, sleep: async () => await Promise.resolve() },
          wires: { ...VENDOR_WIRES, webhook: WEBHOOK },
        },
        destination.id,
        { headers, query: {}, body: new Uint8Array(), nowMs: NOW_MS },
      );
    expect(await taking({})).toMatchObject({ kind: 'refused' });
    expect(reads).toBe(0);
    expect(await taking(SIGNED)).toMatchObject({ kind: 'refused' });
    expect(reads).toBe(1);
  }
});

/** By somebody who has no secret. */
const SIGNED = Object.fromEntries(
  [
    'x-hub-signature',
    'x-slack-signature',
    'x-pagerduty-signature',
    'x-sluice-signature',
    'x-sluice-token',
  ].map((name) => [name, 'guess']),
);

describe('what the account of the destination did', () => {
  const action = { kind: 'acknowledge' } as const;

  test.each([
    ['when Sluice changed the ticket', REOPENED_MS + 1_000],
    ['a clock further', REOPENED_MS + 40_000],
  ])('%s is what Sluice did', async (_name, atMs) => {
    expect(await taken({ action, isOwnAccount: true, atMs })).toMatchObject({
      state: 'identified',
    });
  });

  test('while Sluice is at it is what Sluice does', async () => {
    await leased(NOW_MS);
    expect(await taken({ action, isOwnAccount: true })).toMatchObject({ state: 'identified' });
  });

  test('minutes later is what a person did who shares it', async () => {
    expect(await taken({ action, isOwnAccount: true })).toMatchObject({ state: 'acknowledged' });
  });

  test('and another account at the same moment are two', async () => {
    const atMs = REOPENED_MS + 1_000;
    expect(await taken({ action, atMs })).toMatchObject({ state: 'acknowledged' });
  });
});
