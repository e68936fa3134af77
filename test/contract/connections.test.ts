import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { tableConnections } from '../../lambdas/threads/sockets/adapters/table-connections.ts';
import { tableThreadStore } from '../../lambdas/threads/adapters/threads/table-thread-store.ts';
import type { Tables } from '../../lambdas/platform/tables/tables.ts';
import { SUBSCRIPTIONS_MAX } from '../../lambdas/threads/domain/limits.ts';
import type { SocketConnection, Viewer } from '../../lambdas/threads/sockets/domain/socket.ts';
import type { Run } from '../../lambdas/threads/domain/thread.ts';
import type { ThreadStore } from '../../lambdas/threads/ports/store.ts';
import type { Connections, ThreadActivity } from '../../lambdas/threads/sockets/ports/sockets.ts';
import { ENGINES, type Engine } from '../support/engines.ts';
import { newTurn, PLACE, runEnd, thread } from '../support/thread-rows.ts';

const NOW_MS = Date.UTC(2026, 10, 24);
/** As API Gateway makes them. */
const ID = 'Q2h1+9/x7CoCJTg=';
const OTHER_ID = 'R3i2+9/y8DpDKUh=';

const socket: SocketConnection = {
  connectionId: ID,
  keyId: 'key_a',
  secretHash: 'hash',
  projectId: PLACE.projectId,
  endUserId: PLACE.endUserId,
  isAdmin: false,
  endsAtMs: NOW_MS + 7_200_000,
};
const viewer: Viewer = {
  connectionId: ID,
  threadId: PLACE.threadId,
  subscription: 'first',
  cursor: { seq: 0, index: 0 },
  state: 'replaying',
  endsAtMs: socket.endsAtMs,
};

describe.each(ENGINES)('connections on $name', ({ open }) => {
  let engine: Awaited<ReturnType<Engine['open']>>;
  let tables: Tables;
  let connections: Connections;
  let store: ThreadStore;
  beforeAll(async () => void (engine = await open()));
  beforeEach(async () => {
    tables = await engine.fresh();
    connections = tableConnections(tables);
    const timers = { nowMs: () => NOW_MS, sleep: async () => undefined };
    store = tableThreadStore({ tables, timers, random: () => 0.5 });
    expect(await store.create(thread(NOW_MS))).toBe(true);
    await connections.open(socket);
  });
  afterAll(() => engine.close());

  const opened = async () => {
    const { run } = await store.openTurn(newTurn('r1', NOW_MS));
    if (run === null) throw new Error('no run');
    return run;
  };

  test('a socket is found by its id and by its key, until it is removed with all that it watched', async () => {
    await connections.open({ ...socket, connectionId: OTHER_ID });
    expect(await connections.get(ID)).toEqual(socket);
    expect(await connections.get('other')).toBeNull();
    expect((await connections.ofKey('key_a')).toSorted()).toEqual([ID, OTHER_ID].toSorted());
    expect(await connections.ofKey('key_b')).toEqual([]);
    await connections.subscribe(viewer);
    await connections.subscribe({ ...viewer, connectionId: OTHER_ID });
    for (let times = 0; times < 2; times++) await connections.remove(ID);
    expect(await connections.get(ID)).toBeNull();
    expect(await connections.ofKey('key_a')).toEqual([OTHER_ID]);
    const left = await connections.viewers(PLACE.threadId);
    expect(left.map(({ connectionId }) => connectionId)).toEqual([OTHER_ID]);
    expect(await connections.subscribe(viewer)).toBe('closed');
    expect(await connections.viewers(PLACE.threadId)).toHaveLength(1);
  });

  test('a second subscribe replaces the first, and unsubscribing leaves nothing', async () => {
    expect(await connections.subscribe(viewer)).toBe('subscribed');
    const second = { ...viewer, subscription: 'second', cursor: { seq: 2, index: 7 } };
    expect(await connections.subscribe(second)).toBe('subscribed');
    expect(await connections.viewers(PLACE.threadId)).toEqual([second]);
    expect(await connections.unsubscribe(ID, PLACE.threadId)).toBe(true);
    expect(await connections.unsubscribe(ID, PLACE.threadId)).toBe(false);
    expect(await connections.viewers(PLACE.threadId)).toEqual([]);
  });

  test(`a socket watches ${SUBSCRIPTIONS_MAX} threads and no more, also when it asks for them at once`, async () => {
    const threadOf = (number: number) => `thread_${String(number).padStart(20, '0')}`;
    for (let number = 1; number <= SUBSCRIPTIONS_MAX - 1; number++)
      await connections.subscribe({ ...viewer, threadId: threadOf(number) });
    const last = await Promise.all(
      [500, 501].map(
        async (number) => await connections.subscribe({ ...viewer, threadId: threadOf(number) }),
      ),
    );
    expect(last.toSorted()).toEqual(['full', 'subscribed']);
    // One that it watches already is no other one; one that it leaves makes room.
    expect(await connections.subscribe({ ...viewer, threadId: threadOf(1) })).toBe('subscribed');
    expect(await connections.unsubscribe(ID, threadOf(1))).toBe(true);
    expect(await connections.subscribe({ ...viewer, threadId: threadOf(502) })).toBe('subscribed');
    expect(await connections.subscribe({ ...viewer, threadId: threadOf(503) })).toBe('full');
  });

  const goLive = async (moment: ThreadActivity, from: Viewer = viewer) =>
    await connections.goLive(from, { seq: 2, index: 4 }, { place: PLACE, moment });

  test('a subscription goes live only while the thread is as it was seen', async () => {
    await connections.subscribe(viewer);
    expect(await goLive({ kind: 'running', seq: 2 })).toBe('moved');
    expect(await goLive({ kind: 'idle', lastRun: 2 })).toBe('moved');
    expect((await connections.viewers(PLACE.threadId))[0]?.state).toBe('replaying');
    expect(await goLive({ kind: 'idle', lastRun: 0 })).toBe('live');
    const live = { ...viewer, state: 'live', cursor: { seq: 2, index: 4 } };
    expect(await connections.viewers(PLACE.threadId)).toEqual([live]);
    const run = await opened();
    expect(await goLive({ kind: 'idle', lastRun: 0 })).toBe('moved');
    expect(await goLive({ kind: 'waiting', seq: 2 })).toBe('moved');
    expect(await goLive({ kind: 'running', seq: 2 })).toBe('live');
    const waits = { ...runEnd(run, NOW_MS), status: 'requires_action' as const, terminal: null };
    expect(await store.endRun(run, { epoch: 1, nonce: 'post' }, waits)).toBe('ended');
    expect(await goLive({ kind: 'running', seq: 2 })).toBe('moved');
    expect(await goLive({ kind: 'waiting', seq: 2 })).toBe('live');
    expect(await store.wakeRun({ ...run, status: 'requires_action' }, NOW_MS)).toBe(true);
    await connections.subscribe({ ...viewer, subscription: 'second' });
    expect(await goLive({ kind: 'running', seq: 2 })).toBe('replaced');
  });

  test('the runs of a thread are told in the order in which they were at work', async () => {
    const { run: first } = await store.openTurn(newTurn('r1', NOW_MS));
    const { run: second } = await store.openTurn(newTurn('r2', NOW_MS));
    const jumps = { ...newTurn('r3', NOW_MS), concurrency: 'interrupt' as const };
    const { run: third } = await store.openTurn(jumps);
    if (first === null || second === null || third === null) throw new Error('no run');
    expect(await store.latestRuns(PLACE)).toEqual({ activeRun: 2, lastRun: 0 });
    expect([first.previousRun, second.previousRun]).toEqual([0, null]);
    const end = async (run: Run) => {
      const writer = { epoch: run.epoch + 1, nonce: `of ${run.seq}` };
      const taken = await store.startRun(run, writer, NOW_MS);
      if (taken === null) throw new Error('not taken');
      expect(await store.endRun(taken, writer, runEnd(taken, NOW_MS))).toBe('ended');
    };
    await end(first);
    expect(await store.latestRuns(PLACE)).toEqual({ activeRun: 6, lastRun: 2 });
    const jumped = await store.run(third);
    expect(jumped?.previousRun).toBe(2);
    if (jumped !== null) await end(jumped);
    expect((await store.run(second))?.previousRun).toBe(6);
  });

  test('a place moves only from where it was read, and not by a subscription that was replaced', async () => {
    await connections.subscribe(viewer);
    const place = async () => (await connections.viewers(PLACE.threadId))[0]?.cursor;
    const there = { seq: 2, index: 9 };
    await connections.advance({ ...viewer, subscription: 'other' }, there);
    expect(await place()).toEqual(viewer.cursor);
    await connections.advance(viewer, there);
    await connections.advance(viewer, { seq: 4, index: 1 });
    expect(await place()).toEqual(there);
    // A run that waited longer than the one behind it comes later, with a smaller number.
    await connections.advance({ ...viewer, cursor: there }, { seq: 1, index: 0 });
    expect(await place()).toEqual({ seq: 1, index: 0 });
    await connections.unsubscribe(ID, PLACE.threadId);
    await connections.advance(viewer, there);
    expect(await connections.viewers(PLACE.threadId)).toEqual([]);
  });

  test('a ticket opens one socket, however many ask with it at once, and none when it is late', async () => {
    const ticket = {
      ticketHash: 'th',
      keyId: 'key_a',
      secretHash: 'hash',
      expiresAtMs: NOW_MS + 60_000,
    };
    await connections.putTicket(ticket);
    const taken = await Promise.all(
      [1, 2, 3].map(async () => await connections.takeTicket('th', NOW_MS)),
    );
    expect(taken.filter((found) => found !== null)).toEqual([ticket]);
    expect(await connections.takeTicket('th', NOW_MS)).toBeNull();
    await connections.putTicket({ ...ticket, ticketHash: 'late' });
    expect(await connections.takeTicket('late', NOW_MS + 60_000)).toBeNull();
  });
});
