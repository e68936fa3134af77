import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { tableAnomalyBook } from '../../lambdas/sre/adapters/table-anomaly-book.ts';
import { tableIncidentStore } from '../../lambdas/sre/adapters/table-incident-store.ts';
import type { Tables } from '../../lambdas/platform/tables/tables.ts';
import type { Incident } from '../../lambdas/sre/incidents/incident.ts';
import { openIncident, reopen, resolve, takeIn } from '../../lambdas/sre/incidents/life.ts';
import { merge, unmerge } from '../../lambdas/sre/incidents/merge.ts';
import { sourceName } from '../../lambdas/sre/domain/summary.ts';
import { dueKey } from '../../lambdas/sre/adapters/incident-items.ts';
import { ENGINES, type OpenEngine } from '../support/engines.ts';
import { anomalyOf } from '../support/sre/anomalies.ts';
import { through } from '../support/through-tables.ts';
import { sourceOf, START_MS } from '../support/sre/entries.ts';

/** As somebody may call a project. */
const TENANT = 'shop #1/ä';
const OTHER_TENANT = 'shop';
const cart = anomalyOf(TENANT, 'cart');
const shipping = anomalyOf(TENANT, 'shipping', { openedMs: START_MS + 10_000 });

const opened = (anomaly = cart, nowMs = START_MS + 6_000) =>
  openIncident({ anomaly, nowMs, follows: null, isDigest: false });
const markOf = (anomaly: typeof cart, { id }: Incident) => ({
  anomalyId: anomaly.id,
  incidentId: id,
  revision: anomaly.revision,
  isEnded: false,
});
const byPerson = { atMs: START_MS + 60_000, by: 'ada', kind: 'resolved', text: 'Done.' } as const;

describe.each(ENGINES)('incidents on $name', ({ open }) => {
  let engine: OpenEngine;
  let tables: Tables;
  beforeAll(async () => void (engine = await open()));
  beforeEach(async () => void (tables = await engine.fresh()));
  afterAll(() => engine.close());

  const load = async (...anomalies: readonly (typeof cart)[]) =>
    await tableIncidentStore({ tables }).load(TENANT, anomalies, START_MS + 120_000);

  test('what was opened is read as it was written, by its tenant alone', async () => {
    const store = tableIncidentStore({ tables });
    await tableAnomalyBook({ tables }).put(cart);
    const change = opened();
    const { id } = change.after;
    const marks = [markOf(cart, change.after)];
    expect(await store.commit({ tenant: TENANT, version: 0, changes: [change], marks })).toBe(true);
    expect(await store.get(TENANT, id)).toEqual(change.after);
    expect(await store.get(OTHER_TENANT, id)).toBeNull();
    expect(await store.get(TENANT, 'incident_../x')).toBeNull();
    expect(await store.steps(TENANT, id)).toEqual([change.step]);
    expect(await store.anomalies(change.after)).toEqual([cart]);
    expect(await store.mark(TENANT, cart.id)).toEqual(marks[0]);
    expect(await load(cart)).toEqual({
      version: 1,
      live: [change.after],
      past: [],
      lastOf: new Map(),
      marks: new Map([[cart.id, marks[0]]]),
    });
  });

  test('of two that open on the same board one is told that it lost, and leaves nothing behind', async () => {
    const store = tableIncidentStore({ tables });
    const [first, second] = [opened(), opened(shipping)];
    const commit = { tenant: TENANT, version: 0, marks: [] };
    expect(await store.commit({ ...commit, changes: [first] })).toBe(true);
    expect(await store.commit({ ...commit, changes: [second] })).toBe(false);
    expect(await store.get(TENANT, second.after.id)).toBeNull();
    expect(await store.steps(TENANT, second.after.id)).toEqual([]);
    expect(await store.commit({ ...commit, version: 1, changes: [second] })).toBe(true);
    expect((await load()).live).toEqual([first.after, second.after]);
  });

  test('nobody takes a source and kind that a live incident holds', async () => {
    const store = tableIncidentStore({ tables });
    const commit = { tenant: TENANT, marks: [] };
    const first = opened();
    const second = opened(cart, START_MS + 7_000);
    await store.commit({ ...commit, version: 0, changes: [first] });
    expect(await store.commit({ ...commit, version: 1, changes: [second] })).toBe(false);
    const over = resolve(first.after, byPerson);
    expect(await store.commit({ ...commit, version: 1, changes: [over] })).toBe(true);
    expect(await store.commit({ ...commit, version: 2, changes: [second] })).toBe(true);
  });

  test('a change names the revision that it changes', async () => {
    const store = tableIncidentStore({ tables });
    const first = opened();
    const commit = { tenant: TENANT, version: null, marks: [] };
    await store.commit({ ...commit, version: 0, changes: [first] });
    const worse = takeIn(first.after, [{ ...cart, band: 'critical', revision: 2 }], START_MS);
    if (worse === null) throw new Error('nothing changed');
    expect(await store.commit({ ...commit, changes: [worse] })).toBe(true);
    expect(await store.commit({ ...commit, changes: [worse] })).toBe(false);
    const steps = await store.steps(TENANT, first.after.id);
    expect(steps.map(({ revision, kind }) => [revision, kind])).toEqual([
      [1, 'opened'],
      [2, 'worse'],
    ]);
  });

  test('what is resolved frees its claims, is known as the last of its sources, and opens again', async () => {
    const store = tableIncidentStore({ tables });
    const first = opened();
    const commit = { tenant: TENANT, marks: [] };
    await store.commit({ ...commit, version: 0, changes: [first] });
    const over = resolve(first.after, byPerson);
    await store.commit({ ...commit, version: 1, changes: [over] });
    expect(await load(cart)).toMatchObject({
      live: [],
      past: [over.after],
      lastOf: new Map([[sourceName(sourceOf('cart')), first.after.id]]),
    });
    const again = reopen(over.after, { ...cart, revision: 2 }, START_MS + 90_000);
    expect(await store.commit({ ...commit, version: 2, changes: [again] })).toBe(true);
    expect(await load(cart)).toMatchObject({ live: [again.after], past: [], lastOf: new Map() });
  });

  test('a board is what is live and what the anomalies are of, however much was resolved before', async () => {
    const store = tableIncidentStore({ tables });
    for (let version = 0; version < 60; version += 2) {
      const first = opened(anomalyOf(TENANT, `old-${version}`), START_MS + version);
      await store.commit({ tenant: TENANT, version, changes: [first], marks: [] });
      const changes = [resolve(first.after, byPerson)];
      await store.commit({ tenant: TENANT, version: version + 1, changes, marks: [] });
    }
    const live = opened(cart);
    await store.commit({ tenant: TENANT, version: 60, changes: [live], marks: [] });
    let items = 0;
    const counted: Tables = {
      ...through(tables),
      query: async (query) => {
        const page = await tables.query(query);
        items += page.items.length;
        return page;
      },
      getMany: async (table, keys) => {
        const found = await tables.getMany(table, keys);
        items += found.length;
        return found;
      },
    };
    const reader = tableIncidentStore({ tables: counted });
    const board = await reader.load(TENANT, [cart], START_MS + 50 * 60_000);
    expect(board).toMatchObject({ version: 61, live: [live.after], past: [] });
    // The row of what is live, its incident, its claim.
    expect(items).toBeLessThanOrEqual(3);
    const of = await reader.load(TENANT, [anomalyOf(TENANT, 'old-4')], START_MS + 50 * 60_000);
    expect(of.past.map(({ members }) => members[0]?.source.service)).toEqual(['old-4']);
  });

  test('a project with more live incidents than one reads is an error, not a board that is cut', async () => {
    const rows = Array.from({ length: 200 }, (_, index) => ({
      ...dueKey('I', TENANT, `incident_${String(index).padStart(21, '0')}`),
      tenant: TENANT,
      due_at: 0,
    }));
    for (const item of rows)
      await tables.write({ kind: 'put', table: 'sre', key: { pk: item.pk, sk: item.sk }, item });
    await expect(load()).rejects.toThrow('200 live incidents');
  });

  test('a merge hands the claims on, and taking apart hands them back', async () => {
    const store = tableIncidentStore({ tables });
    const commit = { tenant: TENANT, marks: [] };
    const [older, younger] = [opened(), opened(shipping, START_MS + 20_000)];
    await store.commit({ ...commit, version: 0, changes: [older, younger] });
    const merged = merge(older.after, younger.after, { atMs: START_MS + 30_000, by: 'sluice' });
    expect(await store.commit({ ...commit, version: 1, changes: merged })).toBe(true);
    const board = await load();
    expect(board.live).toEqual([merged[0].after]);
    expect(board.live[0]?.members).toHaveLength(2);
    const apart = unmerge(merged[0].after, merged[1].after, { atMs: START_MS + 40_000, by: 'ada' });
    expect(await store.commit({ ...commit, version: 2, changes: apart })).toBe(true);
    expect((await load()).live).toEqual(apart.map(({ after }) => after));
    expect(await store.commit({ ...commit, version: 3, changes: [opened(shipping)] })).toBe(false);
  });

  test('incidents are listed newest first, page by page', async () => {
    const store = tableIncidentStore({ tables });
    for (const [version, service] of ['a', 'b', 'c'].entries()) {
      const anomaly = anomalyOf(TENANT, service);
      const changes = [opened(anomaly, START_MS + version * 1_000)];
      await store.commit({ tenant: TENANT, version, changes, marks: [] });
    }
    const query = { tenant: TENANT, before: null, limit: 2 };
    const page = await store.list(query);
    expect(page.incidents.map(({ members }) => members[0]?.source.service)).toEqual(['c', 'b']);
    const rest = await store.list({ ...query, before: page.next });
    expect(rest.incidents.map(({ members }) => members[0]?.source.service)).toEqual(['a']);
  });
});
