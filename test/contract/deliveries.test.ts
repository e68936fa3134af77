import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { tableDeliveryStore } from '../../lambdas/sre/adapters/table-delivery-store.ts';
import { tableDestinationBook } from '../../lambdas/sre/adapters/table-destination-book.ts';
import { tableHealthBook } from '../../lambdas/sre/adapters/table-health-book.ts';
import { tableInboundLog } from '../../lambdas/sre/adapters/table-inbound-log.ts';
import { tableMailBudget } from '../../lambdas/sre/adapters/table-mail-budget.ts';
import type { Tables } from '../../lambdas/platform/tables/tables.ts';
import type { Delivery } from '../../lambdas/sre/tickets/delivery.ts';
import { ENGINES, type OpenEngine } from '../support/engines.ts';
import { destinationOf } from '../support/sre/delivered.ts';
import { START_MS } from '../support/sre/entries.ts';

/** As somebody may call a project. */
const TENANT = 'shop #1/ä';
const KEY = { tenant: TENANT, incidentId: 'incident_1', destinationId: 'dst_1' };
const WANTED = { revision: 3, holdUntilMs: START_MS + 5_000, nowMs: START_MS };
const LEASE = {
  untilMs: START_MS + 75_000,
  doing: 'open',
  unsureSinceMs: null,
  againMs: null,
} as const;

describe.each(ENGINES)('deliveries on $name', ({ open }) => {
  let engine: OpenEngine;
  let tables: Tables;
  beforeAll(async () => void (engine = await open()));
  beforeEach(async () => void (tables = await engine.fresh()));
  afterAll(() => engine.close());

  const stored = async () => {
    const [found] = await tableDeliveryStore({ tables }).list(TENANT, KEY.incidentId);
    if (found === undefined) throw new Error('there is no delivery');
    return found;
  };
  const leased = async (attemptId: string, seen: Delivery) =>
    await tableDeliveryStore({ tables }).lease(seen, { ...LEASE, attemptId });
  const ttlOf = async (pk: string, sk: string): Promise<unknown> =>
    (await tables.get('sre', { pk, sk }))?.['ttl'];

  test('what is wanted only rises, and is read as it was written, by its project alone', async () => {
    const store = tableDeliveryStore({ tables });
    expect(await store.want(KEY, WANTED)).toBe(true);
    expect(await store.want(KEY, { ...WANTED, revision: 2 })).toBe(false);
    expect(await store.want(KEY, WANTED)).toBe(false);
    expect(await store.want(KEY, { ...WANTED, revision: 4, nowMs: START_MS + 9 })).toBe(true);
    expect(await stored()).toMatchObject({
      strays: [],
      delivery: {
        ...KEY,
        wantRevision: 4,
        holdUntilMs: WANTED.holdUntilMs,
        createdMs: START_MS,
        attemptId: '',
        leaseUntilMs: 0,
        sentRevision: 0,
        externalId: null,
        stop: null,
      },
    });
    expect(await store.list('shop', KEY.incidentId)).toEqual([]);
  });

  test('of two that saw the same one has the lease, and a zombie writes no result', async () => {
    const store = tableDeliveryStore({ tables });
    await store.want(KEY, WANTED);
    const { delivery: seen } = await stored();
    expect(await leased('first', seen)).toBe(true);
    expect(await leased('second', seen)).toBe(false);
    const { delivery: held } = await stored();
    expect(held).toMatchObject({ attemptId: 'first', leaseUntilMs: LEASE.untilMs, doing: 'open' });
    expect(await leased('third', held)).toBe(true);
    const result = { ...held, externalId: 'T-1', sentRevision: 3 };
    const concluded = { delivery: result, newStrays: [], closedStray: null };
    expect(await store.record('first', concluded)).toBe(false);
    expect(await store.ofTicket(KEY.destinationId, 'T-1')).toBeNull();
    expect(await store.record('third', concluded)).toBe(true);
    expect(await stored()).toMatchObject({
      delivery: { leaseUntilMs: 0, externalId: 'T-1', sentRevision: 3 },
    });
    expect(await store.ofTicket(KEY.destinationId, 'T-1')).toEqual({
      tenant: TENANT,
      incidentId: KEY.incidentId,
    });
  });

  test('a result leaves alone what came to be wanted meanwhile', async () => {
    const store = tableDeliveryStore({ tables });
    await store.want(KEY, WANTED);
    await leased('first', (await stored()).delivery);
    const { delivery } = await stored();
    await store.want(KEY, { ...WANTED, revision: 9 });
    await store.record('first', { delivery, newStrays: [], closedStray: null });
    expect((await stored()).delivery.wantRevision).toBe(9);
  });

  test('tickets of a race are there until they are closed, and none of them for ever', async () => {
    const store = tableDeliveryStore({ tables });
    await store.want(KEY, WANTED);
    await store.addStray(KEY, 'T-2', START_MS);
    await leased('first', (await stored()).delivery);
    const { delivery } = await stored();
    await store.record('first', { delivery, newStrays: ['T-3'], closedStray: null });
    expect((await stored()).strays.toSorted()).toEqual(['T-2', 'T-3']);
    const pk = `DLV#${encodeURIComponent(TENANT)}#${KEY.incidentId}`;
    for (const sk of ['D#dst_1', 'X#dst_1#T-2', 'X#dst_1#T-3'])
      expect(await ttlOf(pk, sk)).toBe(Math.ceil(START_MS / 1_000) + 97 * 86_400);
    await leased('second', (await stored()).delivery);
    await store.record('second', { delivery, newStrays: [], closedStray: 'T-2' });
    expect((await stored()).strays).toEqual(['T-3']);
  });

  test('a reminder is written down for a delivery that is there, and for no other one', async () => {
    const store = tableDeliveryStore({ tables });
    await store.wake(KEY, START_MS + 9_000);
    expect(await store.list(TENANT, KEY.incidentId)).toEqual([]);
    await store.want(KEY, WANTED);
    await store.wake(KEY, START_MS + 9_000);
    expect((await stored()).delivery.wakeMs).toBe(START_MS + 9_000);
  });

  test.each(['', 'x'.repeat(1_025)])('a ticket of no name that fits is nobody’s', async (id) => {
    expect(await tableDeliveryStore({ tables }).ofTicket('dst_1', id)).toBeNull();
  });

  test('a destination is refused once, paused for the longest that was asked, and well again', async () => {
    const health = tableHealthBook({ tables });
    expect(await health.read('dst_1')).toMatchObject({ pausedUntilMs: 0, refusedSinceMs: null });
    await health.pause('dst_1', 200, 'later');
    await health.pause('dst_1', 100, 'sooner');
    expect(await health.read('dst_1')).toMatchObject({ pausedUntilMs: 200, problem: 'later' });
    expect(await health.refuse('dst_1', 300, 400, 'a wrong key')).toBe(true);
    expect(await health.refuse('dst_1', 310, 410, 'a wrong key')).toBe(false);
    expect(await health.read('dst_1')).toEqual({
      pausedUntilMs: 410,
      refusedSinceMs: 300,
      problem: 'a wrong key',
      lastSentMs: null,
    });
    await health.well('dst_1', 500);
    expect(await health.read('dst_1')).toEqual({
      pausedUntilMs: 0,
      refusedSinceMs: null,
      problem: null,
      lastSentMs: 500,
    });
    expect(await health.refuse('dst_1', 600, 700, 'again')).toBe(true);
  });

  test('a pause lasts to its end, whatever was under way when it came', async () => {
    const health = tableHealthBook({ tables });
    await health.pause('dst_1', 2_000, 'leave me alone');
    await health.well('dst_1', 1_999);
    const paused = { pausedUntilMs: 2_000, problem: 'leave me alone', lastSentMs: 1_999 };
    expect(await health.read('dst_1')).toEqual({ ...paused, refusedSinceMs: null });
    expect(await health.refuse('dst_1', 1_500, 1_900, 'a wrong key')).toBe(true);
    await health.well('dst_1', 1_999);
    expect(await health.read('dst_1')).toEqual({
      ...paused,
      refusedSinceMs: 1_500,
      problem: 'a wrong key',
    });
    await health.well('dst_1', 2_000);
    expect(await health.read('dst_1')).toMatchObject({ pausedUntilMs: 0, refusedSinceMs: null });
  });

  test('an event is known by its destination and id, whatever the id is', async () => {
    const log = tableInboundLog({ tables });
    const id = '#'.repeat(3_000);
    expect(await log.has('dst_1', id)).toBe(false);
    await log.put('dst_1', id, START_MS);
    expect(await log.has('dst_1', id)).toBe(true);
    expect(await log.has('dst_2', id)).toBe(false);
  });

  test('mails of a day are counted to their last, each project by itself', async () => {
    const budget = tableMailBudget({ tables });
    const take = async (mails: number, atMs = START_MS, tenant = TENANT) =>
      await budget.take(tenant, mails, atMs, 10);
    expect([await take(6), await take(5), await take(4), await take(1)]).toEqual([
      true,
      false,
      true,
      false,
    ]);
    expect(await take(10, START_MS, 'shop')).toBe(true);
    expect(await take(10, START_MS + 86_400_000)).toBe(true);
    expect(await take(11, START_MS + 2 * 86_400_000)).toBe(false);
  });

  test('destinations are listed by their project, found by their id, and change one by one', async () => {
    const book = tableDestinationBook({ tables, destinationsMax: 2 });
    const first = destinationOf({ tenant: TENANT });
    expect(await book.create(first)).toBe(true);
    expect(await book.find(first.id)).toEqual(first);
    expect(await book.find('dst_../x')).toBeNull();
    expect(await book.get('shop', first.id)).toBeNull();
    const [one, other] = await Promise.all(
      ['one', 'other'].map(
        async (name) =>
          await book.change(TENANT, first.id, (before) => ({
            ...before,
            name: `${before.name} ${name}`,
          })),
      ),
    );
    expect(new Set([one?.revision, other?.revision])).toEqual(new Set([2, 3]));
    expect((await book.get(TENANT, first.id))?.name).toMatch(/^desk (one other|other one)$/);
    expect(await book.create({ ...first, id: 'dst_2' })).toBe(true);
    expect(await book.create({ ...first, id: 'dst_3' })).toBe(false);
    expect(await book.remove(TENANT, first.id)).toBe(true);
    expect(await book.remove(TENANT, first.id)).toBe(false);
    expect((await book.list(TENANT)).map(({ id }) => id)).toEqual(['dst_2']);
  });
});
