import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Tables } from '../../lambdas/platform/tables/tables.ts';
import { tableThreadEraser } from '../../lambdas/threads/adapters/threads/table-thread-eraser.ts';
import type { ChunkLog } from '../../lambdas/threads/ports/chunks.ts';
import type { ThreadStore } from '../../lambdas/threads/ports/store.ts';
import { ENGINES, type Engine } from '../support/engines.ts';
import { freshThreads, NOW_MS, openedTurn } from '../support/fresh-threads.ts';
import { newTurn, PLACE, step, thread } from '../support/thread-rows.ts';

const nowMs = NOW_MS;

describe.each(ENGINES)('what is taken back on $name', ({ open }) => {
  let engine: Awaited<ReturnType<Engine['open']>>;
  let tables: Tables;
  let store: ThreadStore;
  let chunks: ChunkLog;
  beforeAll(async () => void (engine = await open()));
  beforeEach(async () => void ({ tables, store, chunks } = await freshThreads(engine)));
  afterAll(() => engine.close());

  test('a thread that is kept for a while is in no list, and is erased then', async () => {
    const place = { ...PLACE, threadId: `thread_${'1'.repeat(20)}` };
    await store.create({ ...thread(nowMs), ...place, expiresAtMs: nowMs + 1_000 });
    await store.expire(PLACE, nowMs + 2_000);
    const query = {
      projectId: PLACE.projectId,
      endUserId: PLACE.endUserId,
      limit: 9,
      cursor: null,
    };
    await openedTurn(store, 'r1', nowMs);
    expect((await store.list(query)).threads).toEqual([]);
    expect(await store.get(place)).toMatchObject({ expiresAtMs: nowMs + 1_000 });
    const eraser = tableThreadEraser({ tables, removeObjects: async () => undefined });
    expect(await eraser.due(nowMs + 999, 10)).toEqual([]);
    expect(await eraser.due(nowMs + 1_000, 10)).toEqual([place]);
    await eraser.erase(place);
    expect(await store.get(place)).toBeNull();
    expect(await eraser.due(nowMs + 2_000, 10)).toEqual([PLACE]);
  });

  test('deleted blocks and a hidden run are marked, and deleted at once by two are both', async () => {
    const { run } = await openedTurn(store, 'r1', nowMs);
    await store.hideRun(run, nowMs);
    expect(await store.run(run)).toMatchObject({ hiddenAtMs: nowMs });
    const at = { seq: 1, step: 0 };
    await Promise.all([3, 1, 3].map(async (block) => await store.removeBlocks(PLACE, at, [block])));
    expect(await store.removeBlocks(PLACE, { seq: 9, step: 0 }, [0])).toBe(false);
    const all = { beforeSeq: null, afterSeq: null, order: 'asc', limit: 200 } as const;
    expect((await store.history(PLACE, all)).steps[0]).toMatchObject({
      content: step(nowMs).content,
      removed: [1, 3],
    });
  });

  test('what a deleted thread left is found and erased, to the last item, and erasing again is harmless', async () => {
    const { run } = await openedTurn(store, 'r1', nowMs);
    const writer = { epoch: 1, nonce: 'post' };
    await chunks.append(run, writer, { firstIndex: 0, events: [{ type: 'message_stop' }] });
    for (let count = 0; count < 110; count++)
      await store.append(PLACE, newTurn(`m${count}`, nowMs).record, [step(nowMs)]);
    const eraser = tableThreadEraser({ tables, removeObjects: async () => undefined });
    expect(await eraser.due(nowMs + 1, 10)).toEqual([]);
    await store.remove(PLACE, nowMs);
    expect(await eraser.due(nowMs + 1, 10)).toEqual([PLACE]);
    expect(await store.activeRunOf(PLACE)).toBe(2);
    for (let times = 0; times < 2; times++) await eraser.erase(PLACE);
    expect(await eraser.due(nowMs + 1, 10)).toEqual([]);
    expect(await store.whose(PLACE.projectId, PLACE.threadId)).toBeNull();
    expect(await store.run(run)).toBeNull();
    expect(await chunks.read(run, -1)).toEqual([]);
    const all = { beforeSeq: null, afterSeq: null, order: 'asc', limit: 200 } as const;
    expect((await store.history(PLACE, all)).steps).toEqual([]);
  });
});
