import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { tableThreadEraser } from '../../lambdas/threads/adapters/threads/table-thread-eraser.ts';
import { tableThreadForks } from '../../lambdas/threads/adapters/threads/table-thread-forks.ts';
import { tableThreadStore } from '../../lambdas/threads/adapters/threads/table-thread-store.ts';
import type { Tables } from '../../lambdas/platform/tables/tables.ts';
import { blobTables } from '../../lambdas/threads/adapters/tables/blob-tables.ts';
import { forkThread } from '../../lambdas/threads/usecases/fork-thread.ts';
import { ENGINES, type Engine } from '../support/engines.ts';
import { newTurn, PLACE, runEnd, step, thread } from '../support/thread-rows.ts';
import type { Timers } from '../../lambdas/shared/deps.ts';

const NOW_MS = Date.UTC(2026, 10, 24);
const HOUR_MS = 3_600_000;
const ALL = { beforeSeq: null, afterSeq: null, order: 'asc', limit: 200 } as const;

class PowerCut extends Error {}

/** Tables of a function that dies at its nth write; what it wrote before stays. */
const dyingAt = (tables: Tables, writesMax: number): Tables => {
  let writes = 0;
  const live = <T>(write: () => Promise<T>): Promise<T> => {
    writes += 1;
    return writes > writesMax ? Promise.reject(new PowerCut()) : write();
  };
  return {
    ...tables,
    get: async (...args) => await tables.get(...args),
    query: async (query) => await tables.query(query),
    getMany: async (...args) => await tables.getMany(...args),
    update: async (update) => await live(async () => await tables.update(update)),
    write: async (write) => await live(async () => await tables.write(write)),
    transact: async (all) => await live(async () => await tables.transact(all)),
  };
};

describe.each(ENGINES)('forks on $name', ({ open }) => {
  let engine: Awaited<ReturnType<Engine['open']>>;
  let tables: Tables;
  let nowMs = NOW_MS;
  const timers: Timers = { nowMs: () => nowMs, sleep: async () => undefined };
  const storeOn = (on: Tables) => tableThreadStore({ tables: on, timers, random: () => 0.5 });
  beforeAll(async () => void (engine = await open()));
  afterAll(() => engine.close());
  beforeEach(async () => {
    nowMs = NOW_MS;
    tables = await engine.fresh();
    expect(await storeOn(tables).create(thread(NOW_MS))).toBe(true);
  });

  const append = async (id: string, text = id) =>
    await storeOn(tables).append(PLACE, newTurn(id, nowMs).record, [
      { ...step(nowMs), content: [{ type: 'text', text }] },
    ]);

  /** One turn: what was said at n, the answer at n + 1. */
  const turn = async (id: string, fields: object = {}) => {
    const store = storeOn(tables);
    const { run } = await store.openTurn({ ...newTurn(id, nowMs), ...fields });
    if (run === null) throw new Error('no run');
    await store.endRun(run, { epoch: 1, nonce: 'post' }, runEnd(run, nowMs));
    return run.seq;
  };

  const fork = async (on: Tables, atSeq: number, fields: object = {}) => {
    const origin = await storeOn(tables).get(PLACE);
    if (origin === null) throw new Error('no origin');
    return await forkThread(
      { store: storeOn(on), forks: tableThreadForks(on), timers },
      { origin, atSeq, requestId: 'f1', bodyHash: 'a', untilMs: nowMs + 10_000, ...fields },
    );
  };

  const told = async (place: Parameters<ReturnType<typeof storeOn>['history']>[0]) =>
    (await storeOn(tables).history(place, ALL)).steps.map(({ seq, role, content }) => [
      seq,
      role,
      content[0]?.type === 'text' ? content[0].text : '',
    ]);

  test('has the history up to its seq, as it was known there, numbered without a gap', async () => {
    await turn('r1');
    await append('old words');
    await turn('r2', { supersedesFrom: 3 });
    const store = storeOn(tables);
    const made = await fork(tables, 5);
    expect(made).toMatchObject({ lastSeq: 4, title: 'first', metadata: { a: '1' } });
    expect(made.forkedFrom).toEqual({ threadId: PLACE.threadId, seq: 5 });
    expect((await told(made)).map(([seq, role]) => [seq, role])).toEqual([
      [1, 'user'],
      [2, 'assistant'],
      [3, 'user'],
      [4, 'assistant'],
    ]);
    const before = await fork(tables, 3, { requestId: 'f2', title: null, metadata: {} });
    expect(before).toMatchObject({ lastSeq: 3, title: null, metadata: {} });
    expect((await told(before)).at(-1)).toEqual([3, 'user', 'old words']);
    expect(await store.whose(PLACE.projectId, made.threadId)).toMatchObject({
      endUserId: 'ada#T#_',
    });
    const { threads } = await store.list({ ...PLACE, limit: 10, cursor: null });
    expect(threads.map(({ threadId }) => threadId).toSorted()).toEqual(
      [PLACE.threadId, made.threadId, before.threadId].toSorted(),
    );
  });

  test('costs nothing of what the origin cost, and grows as any thread', async () => {
    await turn('r1');
    const made = await fork(tables, 2);
    const { steps } = await storeOn(tables).history(made, ALL);
    expect(steps.map(({ costNanoUsd, usage }) => [costNanoUsd, usage])).toEqual([
      [0, null],
      [0, null],
    ]);
    const { run } = await storeOn(tables).openTurn({ ...newTurn('r1', nowMs), place: made });
    expect(run).toMatchObject({ threadId: made.threadId, seq: 4, status: 'active' });
  });

  test('asked again is the same fork; with another body it is refused; deleted it stays away', async () => {
    await append('m1');
    const made = await fork(tables, 1);
    expect(await fork(tables, 1)).toEqual(made);
    await expect(fork(tables, 1, { bodyHash: 'b' })).rejects.toMatchObject({
      code: 'request_id_reused',
    });
    await storeOn(tables).remove(made, nowMs);
    await expect(fork(tables, 1)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('names what is wrong with its seq', async () => {
    await append('m1');
    await storeOn(tables).openTurn(newTurn('r1', nowMs));
    await expect(fork(tables, 9)).rejects.toMatchObject({
      code: 'invalid_request',
      facts: { param: 'seq', last_seq: 3 },
    });
    await expect(fork(tables, 3)).rejects.toMatchObject({
      code: 'thread_busy',
      facts: { param: 'seq', running_seq: 3 },
    });
    expect((await fork(tables, 2)).lastSeq).toBe(2);
  });

  test('cut at any write is not seen until a retry has made it whole, and then it has everything', async () => {
    for (let count = 1; count <= 5; count++) await append(`m${count}`);
    const whole = await told(PLACE);
    for (let writes = 0; ; writes++) {
      const requestId = `cut after ${writes}`;
      const store = storeOn(tables);
      let isWhole = true;
      const first = await fork(dyingAt(tables, writes), 5, { requestId }).catch((error) => {
        expect(error).toBeInstanceOf(PowerCut);
        isWhole = false;
        return null;
      });
      const { threads } = await store.list({ ...PLACE, limit: 100, cursor: null });
      expect(threads).toHaveLength(1 + writes + Number(isWhole));
      const made = await fork(tables, 5, { requestId });
      expect(await told(made)).toEqual(whole);
      expect(made.lastSeq).toBe(5);
      if (isWhole) {
        expect(first).toEqual(made);
        expect(writes).toBeGreaterThan(6);
        return;
      }
    }
  });

  test('two at work on one fork at once make one', async () => {
    for (let count = 1; count <= 40; count++) await append(`m${count}`);
    const made = await Promise.all([1, 2, 3].map(async () => await fork(tables, 40)));
    expect(new Set(made.map(({ threadId }) => threadId)).size).toBe(1);
    expect(await told(made[0] ?? PLACE)).toEqual(await told(PLACE));
  });

  test('given up is erased after an hour, and one that became a thread never is', async () => {
    await append('m1');
    const eraser = tableThreadEraser({ tables, removeObjects: async () => undefined });
    await expect(fork(dyingAt(tables, 2), 1)).rejects.toBeInstanceOf(PowerCut);
    const made = await fork(tables, 1, { requestId: 'whole' });
    expect(await eraser.due(nowMs + HOUR_MS - 1, 10)).toEqual([]);
    const due = await eraser.due(nowMs + HOUR_MS, 10);
    expect(due).toHaveLength(1);
    // A copier that comes while it is erased is told to come again.
    await expect(fork(tables, 1)).rejects.toMatchObject({ code: 'storage_unavailable' });
    for (const place of due) await eraser.erase(place);
    expect((await fork(tables, 1)).lastSeq).toBe(1);
    expect(await told(made)).toHaveLength(1);
  });

  test('of messages that no item holds has its own objects, whatever becomes of the origin', async () => {
    const objects = new Map<string, Uint8Array>();
    const heavy = blobTables(tables, {
      put: async (key, bytes) => void objects.set(key, bytes),
      get: async (key) => objects.get(key) ?? new Uint8Array(),
    });
    const text = 'x'.repeat(400_000);
    await storeOn(heavy).append(PLACE, newTurn('large', nowMs).record, [
      { ...step(nowMs), content: [{ type: 'text', text }] },
    ]);
    const made = await fork(heavy, 1);
    for (const key of objects.keys()) if (key.startsWith(PLACE.threadId)) objects.delete(key);
    const { steps } = await storeOn(heavy).history(made, ALL);
    expect(steps[0]?.content).toEqual([{ type: 'text', text }]);
  });
});
