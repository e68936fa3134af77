import { beforeEach, expect, test } from 'vitest';
import { tableDestinationBook } from '../../../../lambdas/sre/adapters/table-destination-book.ts';
import { tableHealthBook } from '../../../../lambdas/sre/adapters/table-health-book.ts';
import { tableInboundLog } from '../../../../lambdas/sre/adapters/table-inbound-log.ts';
import { tableDeliveryStore } from '../../../../lambdas/sre/adapters/table-delivery-store.ts';
import { tableIncidentStore } from '../../../../lambdas/sre/adapters/table-incident-store.ts';
import { tablePollList } from '../../../../lambdas/sre/adapters/table-poll-list.ts';
import { VENDOR_WIRES } from '../../../../lambdas/sre/destinations/vendor-wires.ts';
import { openIncident } from '../../../../lambdas/sre/incidents/life.ts';
import { pollTickets } from '../../../../lambdas/sre/usecases/poll-tickets.ts';
import { decideBy } from '../../../support/sre/decide-by.ts';
import { MemoryTables } from '../../../support/memory-tables.ts';
import { anomalyOf } from '../../../support/sre/anomalies.ts';
import { destinationOf } from '../../../support/sre/delivered.ts';
import { START_MS } from '../../../support/sre/entries.ts';

const TENANT = 'shop';
const COUNT = 50;
const EVERY_MS = 20 * 60_000;
const DESK = destinationOf({
  id: 'dst_zammad',
  tenant: TENANT,
  kind: 'zammad',
  settings: { url: 'https://desk.example', group: 'Users', customer: 'ann@example.com' },
});
const idOf = (nth: number): string => String(1_000 + nth);

let tables: MemoryTables;
let nowMs: number;
let asked: string[];
beforeEach(async () => {
  tables = new MemoryTables();
  [nowMs, asked] = [START_MS, []];
  await tableDestinationBook({ tables, destinationsMax: 50 }).create(DESK);
  const store = tableIncidentStore({ tables });
  const deliveries = tableDeliveryStore({ tables });
  for (let nth = 0; nth < COUNT; nth += 1) {
    const anomaly = anomalyOf(TENANT, `service-${nth}`);
    const opened = openIncident({ anomaly, nowMs, follows: null, isDigest: false });
    await store.commit({ tenant: TENANT, version: nth, changes: [opened], marks: [] });
    const incidentId = opened.after.id;
    const key = { tenant: TENANT, incidentId, destinationId: DESK.id };
    await deliveries.want(key, { revision: 1, holdUntilMs: 0, nowMs });
    const [stored] = await deliveries.list(TENANT, incidentId);
    if (stored === undefined) throw new Error('there is no delivery');
    await deliveries.lease(stored.delivery, {
      attemptId: 'attempt',
      untilMs: nowMs + 1,
      doing: 'open',
      unsureSinceMs: null,
      againMs: null,
    });
    const delivery = { ...stored.delivery, externalId: idOf(nth), sentMs: nowMs, sentRevision: 1 };
    await deliveries.record('attempt', { delivery, newStrays: [], closedStray: null });
  }
  await tablePollList({ tables }).touch({ tenant: TENANT, destinationId: DESK.id }, nowMs, 'a');
});

/** One turn at a Zammad that answers for these tickets as it is told, and shows all others as closed by somebody. */
const turn = async (answers: (id: string) => number | 'lost'): Promise<void> => {
  const [task] = await tablePollList({ tables }).due(nowMs, 10);
  if (task === undefined) throw new Error('nothing is due');
  const incidents = tableIncidentStore({ tables });
  const clock = { nowMs: () => nowMs };
  await pollTickets(
    {
      incidents,
      deliveries: tableDeliveryStore({ tables }),
      inboundLog: tableInboundLog({ tables }),
      decide: decideBy(tables),
      timers: { ...clock, sleep: async () => await Promise.resolve() },
      polls: tablePollList({ tables }),
      destinations: tableDestinationBook({ tables, destinationsMax: 50 }),
      health: tableHealthBook({ tables }),
      clock,
      metrics: { record: () => undefined },
      wireOf: async (destination) =>
        await Promise.resolve(
          VENDOR_WIRES.zammad?.ticket({
            destination,
            secrets: { token: 'token-0123456789' },
            nowMs: clock.nowMs,
            send: async ({ url }) => {
              const id = /tickets\/(\d+)/.exec(url)?.[1];
              if (id !== undefined) asked.push(id);
              const status = id === undefined ? 200 : answers(id);
              if (status === 'lost') return await Promise.resolve({ kind: status, reason: 'cut' });
              const body = {
                id: id === undefined ? 1 : Number(id),
                state: 'closed',
                updated_at: '2026-11-30T12:00:00Z',
                updated_by: 'ada',
                updated_by_id: 2,
              };
              const text = status === 200 ? JSON.stringify(body) : '{}';
              return await Promise.resolve({ kind: 'answered', status, headers: {}, text });
            },
          }) ?? null,
        ),
    },
    { task, untilMs: nowMs + 60_000 },
  );
  nowMs += EVERY_MS;
};

const live = async (): Promise<number> =>
  (await tableIncidentStore({ tables }).load(TENANT, [], nowMs)).live.length;

test.each([
  ['of a server that fails', 500],
  ['that the account may not see', 403],
  ['whose answers never come', 'lost'],
] as const)('tickets %s hold up no other one', async (_name, answer) => {
  const bad = new Set([2, 3, 4, 5, 30].map(idOf));
  for (let turns = 0; turns < 8; turns += 1) await turn((id) => (bad.has(id) ? answer : 200));
  expect(await live()).toBe(bad.size);
});

test('a system where nothing can be read is asked for a few, and each ticket has its turn', async () => {
  await turn(() => 500);
  expect(asked).toHaveLength(3);
  await turn(() => 500);
  expect(asked.slice(3)).toEqual([3, 4, 5].map(idOf));
});

test('a system that asks to wait is asked for no further one', async () => {
  await turn(() => 429);
  expect(asked).toHaveLength(1);
});
