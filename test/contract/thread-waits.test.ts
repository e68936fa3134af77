import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Tables } from '../../lambdas/platform/tables/tables.ts';
import { tableThreadStore } from '../../lambdas/threads/adapters/threads/table-thread-store.ts';
import type { Run } from '../../lambdas/threads/domain/thread.ts';
import type { ThreadStore } from '../../lambdas/threads/ports/store.ts';
import { ENGINES, type Engine } from '../support/engines.ts';
import { freshThreads, NOW_MS, openedTurn } from '../support/fresh-threads.ts';
import { newRun, runEnd, SETTINGS } from '../support/thread-rows.ts';
import { through } from '../support/through-tables.ts';

describe.each(ENGINES)('runs that wait, on $name', ({ open }) => {
  let engine: Awaited<ReturnType<Engine['open']>>;
  let tables: Tables;
  let store: ThreadStore;
  const nowMs = NOW_MS;
  beforeAll(async () => void (engine = await open()));
  beforeEach(async () => {
    ({ tables, store } = await freshThreads(engine));
  });
  afterAll(() => engine.close());

  const opened = async (requestId: string, fields: object = {}) =>
    await openedTurn(store, requestId, nowMs, fields);

  test('a run that was asked to stop does not begin to wait: nobody would look after it', async () => {
    const { run } = await opened('r1');
    await store.cancelRun(run, nowMs);
    const writer = { epoch: 1, nonce: 'post' };
    const pause = { ...runEnd(run, nowMs), status: 'requires_action' as const };
    expect(await store.endRun(run, writer, pause)).toBe('cancel_asked');
    expect(await store.run(run)).toMatchObject({ status: 'active' });
    const cancelled = { ...runEnd(run, nowMs), status: 'cancelled' as const };
    expect(await store.endRun(run, writer, cancelled)).toBe('ended');
  });

  describe('a run does not wait for anybody before a later turn that ends waits', () => {
    const impatient = async (store: ThreadStore, requestId: string) =>
      await openedTurn(store, requestId, nowMs, {
        run: { ...newRun(nowMs), settings: { ...SETTINGS, endsWait: true } },
      });
    const writer = { epoch: 1, nonce: 'post' };
    const pauseOf = (run: Run) => ({ ...runEnd(run, nowMs), status: 'requires_action' as const });
    /** Something happens once, before the transaction that is about to be tried. */
    const before = (event: () => Promise<unknown>): ThreadStore => {
      let isFirst = true;
      const late: Tables = {
        ...through(tables),
        transact: async (writes) => {
          if (isFirst) {
            isFirst = false;
            await event();
          }
          return await tables.transact(writes);
        },
      };
      const timers = { nowMs: () => nowMs, sleep: async () => undefined };
      return tableThreadStore({ tables: late, timers, random: () => 0 });
    };

    test('that was behind it before', async () => {
      const { run } = await opened('r1');
      expect(await impatient(store, 'r2')).toMatchObject({ kind: 'queued' });
      expect(await store.run(run)).toMatchObject({ cancelAskedAtMs: null });
      expect(await store.endRun(run, writer, pauseOf(run))).toBe('cancel_asked');
    });

    test('that comes while it begins to wait', async () => {
      const { run } = await opened('r1');
      const pausing = before(async () => await impatient(store, 'r2'));
      expect(await pausing.endRun(run, writer, pauseOf(run))).toBe('cancel_asked');
    });

    test('that saw it at work a moment ago', async () => {
      const { run } = await opened('r1');
      const opening = before(async () => await store.endRun(run, writer, pauseOf(run)));
      expect(await impatient(opening, 'r2')).toMatchObject({ kind: 'queued' });
      expect(await store.run(run)).toMatchObject({
        status: 'requires_action',
        cancelAskedAtMs: nowMs,
      });
      expect(await store.runsToSweep(nowMs, 10)).toEqual([expect.objectContaining({ seq: 2 })]);
    });

    test('but before one that waits too', async () => {
      const { run } = await opened('r1');
      await opened('r2');
      expect(await store.endRun(run, writer, pauseOf(run))).toBe('ended');
    });
  });

  test('an interrupt asks the run at work to stop in its own transaction, and has it looked at', async () => {
    const { run } = await opened('r1');
    await opened('r2', { concurrency: 'interrupt' });
    expect(await store.run(run)).toMatchObject({ status: 'active', cancelAskedAtMs: nowMs });
    expect(await store.runsToSweep(nowMs, 10)).toEqual([expect.objectContaining({ seq: 2 })]);
  });
});
