import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Tables } from '../../lambdas/platform/tables/tables.ts';
import { tableThreadStore } from '../../lambdas/threads/adapters/threads/table-thread-store.ts';
import type { ChunkLog } from '../../lambdas/threads/ports/chunks.ts';
import type { ThreadStore } from '../../lambdas/threads/ports/store.ts';
import { through } from '../support/through-tables.ts';
import { ENGINES, type Engine } from '../support/engines.ts';
import { freshThreads, NOW_MS, openedTurn } from '../support/fresh-threads.ts';
import {
  newRun,
  newTurn,
  PLACE,
  runEnd,
  SETTLEMENT,
  step,
  thread,
} from '../support/thread-rows.ts';

describe.each(ENGINES)('threads on $name', ({ open }) => {
  let engine: Awaited<ReturnType<Engine['open']>>;
  let tables: Tables;
  let store: ThreadStore;
  let chunks: ChunkLog;
  let nowMs = NOW_MS;
  beforeAll(async () => void (engine = await open()));
  beforeEach(async () => {
    nowMs = NOW_MS;
    ({ tables, store, chunks } = await freshThreads(engine, () => nowMs));
  });
  afterAll(() => engine.close());

  const opened = async (requestId: string, fields: object = {}) =>
    await openedTurn(store, requestId, nowMs, fields);

  test('a thread is made once, found by its end user alone, and by its id for an admin', async () => {
    expect(await store.create(thread(NOW_MS))).toBe(false);
    expect(await store.get(PLACE)).toMatchObject({ title: 'first', lastSeq: 0, queue: [] });
    expect(await store.get({ ...PLACE, endUserId: 'eve' })).toBeNull();
    expect(await store.get({ ...PLACE, projectId: 'other' })).toBeNull();
    expect(await store.whose(PLACE.projectId, PLACE.threadId)).toEqual(PLACE);
    expect(await store.whose('other', PLACE.threadId)).toBeNull();
  });

  test('a patch merges metadata entry by entry, and a deleted thread is gone', async () => {
    const patched = await store.patch(PLACE, { title: null, metadata: { a: null, b: '2' } });
    expect(patched).toMatchObject({ title: null, metadata: { b: '2' } });
    expect(await store.remove(PLACE, NOW_MS)).toBe(true);
    expect(await store.remove(PLACE, NOW_MS)).toBe(false);
    expect(await store.get(PLACE)).toBeNull();
    expect((await opened('r1')).kind).toBe('missing');
  });

  test('a turn takes two numbers, and its id is good for one turn until it expires', async () => {
    const first = await opened('r1');
    expect([first.kind, first.run.seq]).toEqual(['opened', 2]);
    expect(await opened('r1')).toMatchObject({ kind: 'replayed', run: { seq: 2 } });
    const record = { ...newTurn('r1', nowMs).record, bodyHash: 'other' };
    expect((await opened('r1', { record })).kind).toBe('reused');
    expect(await store.turnOf(PLACE, 'r1')).toMatchObject({ seq: 1, runSeq: 2 });
    expect(await store.get(PLACE)).toMatchObject({ lastSeq: 2, activeRun: 2 });
    nowMs += 8 * 86_400_000;
    expect(await store.turnOf(PLACE, 'r1')).toBeNull();
    expect((await opened('r1')).kind).toBe('queued');
  });

  test('several messages of one turn or one import land together, each with a number of its own', async () => {
    const messages = ['user', 'assistant', 'user'].map((role) => ({ ...step(nowMs), role }));
    expect((await opened('r1', { messages })).run.seq).toBe(4);
    expect(await store.turnOf(PLACE, 'r1')).toMatchObject({ seq: 1, runSeq: 4 });
    const { record } = newTurn('r2', nowMs);
    const two = [step(nowMs), step(nowMs)];
    expect(await store.append(PLACE, record, two)).toEqual({ kind: 'appended', seq: 5 });
    expect(await store.append(PLACE, record, two)).toEqual({ kind: 'replayed', seq: 5 });
    const all = { beforeSeq: null, afterSeq: null, order: 'asc', limit: 200 } as const;
    const { steps } = await store.history(PLACE, all);
    expect(steps.map(({ seq, role }) => [seq, role])).toEqual([
      [1, 'user'],
      [2, 'assistant'],
      [3, 'user'],
      [5, 'user'],
      [6, 'user'],
    ]);
  });

  test('of two turns that go on from one message, one does', async () => {
    await opened('r1');
    const both = await Promise.all(
      ['r2', 'r3'].map(async (id) => await opened(id, { afterSeq: 2 })),
    );
    expect(both.map(({ kind }) => kind).toSorted()).toEqual(['passed', 'queued']);
    expect((await opened('r2', { afterSeq: 2 })).kind).not.toBe('opened');
    expect((await store.get(PLACE))?.lastSeq).toBe(4);
  });

  test('on a busy thread a run waits, is refused, or finds the queue full', async () => {
    await opened('r1');
    const waiting = await opened('r2');
    expect(waiting).toMatchObject({
      kind: 'queued',
      run: { seq: 4, status: 'queued', hold: null },
    });
    expect((await opened('r3', { concurrency: 'reject' })).kind).toBe('busy');
    expect(await opened('r4', { concurrency: 'interrupt' })).toMatchObject({ kind: 'queued' });
    expect((await store.get(PLACE))?.queue).toEqual([6, 4]);
    for (let count = 2; count < 100; count++) await opened(`q${count}`);
    expect((await opened('r5')).kind).toBe('queue_full');
  });

  test('twenty writers at once all land, without a gap', async () => {
    const results = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const record = newTurn(`w${index}`, nowMs).record;
        return await store.append(PLACE, record, [step(nowMs)]);
      }),
    );
    const seqs = results.map((result) => ('seq' in result ? result.seq : 0));
    expect(seqs.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  });

  test('a chunk is stored once; its own writer may say it again, another one is fenced', async () => {
    const { run } = await opened('r1');
    const writer = { epoch: 1, nonce: 'mine' };
    const events = [{ type: 'message_stop' as const }, { type: 'message_stop' as const }];
    expect(await chunks.append(run, writer, { firstIndex: 0, events })).toBe('stored');
    expect(await chunks.append(run, writer, { firstIndex: 0, events })).toBe('stored');
    const zombie = { epoch: 1, nonce: 'other' };
    expect(await chunks.append(run, zombie, { firstIndex: 0, events })).toBe('fenced');
    expect(await chunks.append(run, writer, { firstIndex: 2, events })).toBe('stored');
    expect((await chunks.read(run, 0)).map(({ index }) => index)).toEqual([1, 2, 3]);
    expect(await chunks.read(run, 3)).toEqual([]);
    expect((await chunks.read(run, 1, true)).map(({ index }) => index)).toEqual([2, 3]);
    expect(await chunks.read(run, 3, true)).toEqual([]);
  });

  test('of two takers one wins, and who lost its lease is told', async () => {
    const { run } = await opened('r1');
    const mine = { epoch: 1, nonce: 'post' };
    expect(await store.renewLease(run, mine, nowMs)).toEqual({ isMine: true, isCancelled: false });
    const seen = (await store.run(run)) ?? run;
    const takers = await Promise.all(
      ['a', 'b'].map(async (nonce) => await store.startRun(seen, { epoch: 2, nonce }, nowMs)),
    );
    expect(takers.filter((taken) => taken !== null)).toHaveLength(1);
    expect(await store.renewLease(run, mine, nowMs)).toMatchObject({ isMine: false });
    expect(await store.recordStep(run, mine, { step: null, money: newRun(nowMs) })).toBe(false);
  });

  test('the end is one transaction: terminal chunk, steps, figures, and the next run claimed', async () => {
    const { run } = await opened('r1');
    await opened('r2');
    const writer = { epoch: 1, nonce: 'post' };
    const end = runEnd(run, nowMs);
    expect(await store.endRun(run, writer, end)).toBe('ended');
    expect(await store.endRun(run, writer, end)).toBe('ended');
    expect(await store.run(run)).toMatchObject({
      status: 'complete',
      eventCount: 1,
      costNanoUsd: 5,
    });
    expect(await store.get(PLACE)).toMatchObject({ activeRun: 4, queue: [] });
    expect(await store.run({ ...PLACE, seq: 4 })).toMatchObject({ status: 'active', writer: null });
    expect((await chunks.readPacked(run, -1)).map(({ event }) => event)).toEqual(end.log);
    expect(await store.runsToSweep(nowMs + 120_000, 10)).toEqual(
      expect.arrayContaining([
        { ...PLACE, seq: 2 },
        { ...PLACE, seq: 4 },
      ]),
    );
    await store.settled(run);
    expect(await store.run(run)).toMatchObject({ unsettled: null, hold: null });
    expect(await store.runsToSweep(nowMs + 120_000, 10)).toEqual([{ ...PLACE, seq: 4 }]);
  });

  test('an end whose index is taken, or whose epoch is over, changes nothing', async () => {
    const { run } = await opened('r1');
    const zombie = { epoch: 1, nonce: 'zombie' };
    await chunks.append(run, zombie, { firstIndex: 0, events: [{ type: 'message_stop' }] });
    const writer = { epoch: 1, nonce: 'post' };
    expect(await store.endRun(run, writer, runEnd(run, nowMs))).toBe('index_taken');
    expect(await store.endRun(run, zombie, runEnd(run, nowMs))).toBe('fenced');
    expect(await store.run(run)).toMatchObject({ status: 'active', endedAtMs: null });
  });

  test.each([
    ['end', {}],
    ['wait of a run', { status: 'requires_action', terminal: null, unsettled: null }],
  ] as const)('an %s is written by the writer of this epoch alone', async (_kind, fields) => {
    const { run } = await opened('r1');
    const end = { ...runEnd(run, nowMs), ...fields };
    for (const writer of [
      { epoch: 1, nonce: 'zombie' },
      { epoch: 2, nonce: 'post' },
    ])
      expect(await store.endRun(run, writer, end)).toBe('fenced');
    expect(await store.run(run)).toMatchObject({ status: 'active', endedAtMs: null });
    expect(await chunks.read(run, -1)).toEqual([]);
    expect(await store.endRun(run, { epoch: 1, nonce: 'post' }, end)).toBe('ended');
  });

  test('of two turns of one request id one is written, though the second has looked for the id before the first came', async () => {
    const come = Promise.withResolvers<void>();
    let isFirst = true;
    const late: Tables = {
      ...through(tables),
      get: async (table, key) => {
        if (key.sk === 'META') await come.promise;
        const item = await tables.get(table, key);
        if (!key.sk.startsWith('REQ#') || !isFirst) return item;
        isFirst = false;
        await opened('r1');
        come.resolve();
        return item;
      },
    };
    const timers = { nowMs: () => nowMs, sleep: async () => undefined };
    const second = tableThreadStore({ tables: late, timers, random: () => 0 });
    expect((await openedTurn(second, 'r1', nowMs)).kind).toBe('replayed');
    expect(await store.get(PLACE)).toMatchObject({ lastSeq: 2, queue: [] });
  });

  test('a run that waits takes the first answer to each call, and is woken once', async () => {
    const { run } = await opened('r1');
    const writer = { epoch: 1, nonce: 'post' };
    const block = { type: 'tool_result', tool_use_id: 'c1', content: 'a' } as const;
    const answer = { kind: 'result', block } as const;
    const no = { kind: 'decided', isApproved: false, reason: 'too dear' } as const;
    expect(await store.putToolAnswer(run, 'c1', answer, nowMs)).toBe('not_waiting');
    const pause = { ...runEnd(run, nowMs), status: 'requires_action' as const };
    expect(await store.endRun(run, writer, { ...pause, unsettled: SETTLEMENT })).toBe('ended');
    expect(await store.get(PLACE)).toMatchObject({ activeRun: 2 });
    expect(await store.putToolAnswer(run, 'c1', answer, nowMs)).toBe('stored');
    expect(await store.putToolAnswer(run, 'c1', no, nowMs)).toBe('exists');
    expect(await store.toolAnswer(run, 'c1')).toEqual(answer);
    expect(await store.putToolAnswer(run, 'c2', no, nowMs)).toBe('stored');
    expect(await store.toolAnswer(run, 'c2')).toEqual(no);
    const waiting = (await store.run(run)) ?? run;
    expect(await store.wakeRun(waiting, nowMs)).toBe(true);
    expect(await store.wakeRun(waiting, nowMs)).toBe(false);
    expect(await store.run(run)).toMatchObject({ status: 'active', writer: null });
  });

  test('pages of history end between messages and meet without a gap', async () => {
    for (let count = 0; count < 12; count++)
      await store.append(PLACE, newTurn(`m${count}`, nowMs).record, [step(nowMs)]);
    for (const order of ['asc', 'desc'] as const) {
      const seen: number[] = [];
      for (let hasMore = true; hasMore;) {
        const last = seen.at(-1) ?? null;
        const page = await store.history(PLACE, {
          beforeSeq: order === 'desc' ? last : null,
          afterSeq: order === 'asc' ? last : null,
          order,
          limit: 5,
        });
        seen.push(...page.steps.map(({ seq }) => seq));
        ({ hasMore } = page);
      }
      const all = Array.from({ length: 12 }, (_, index) => index + 1);
      expect(seen).toEqual(order === 'asc' ? all : all.toReversed());
    }
  });

  test('threads are listed by activity, page by page', async () => {
    for (let count = 1; count < 5; count++) {
      const threadId = `thread_${String(count).repeat(20)}`;
      await store.create({ ...thread(nowMs + count), threadId, lastActiveAtMs: nowMs + count });
    }
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<ThreadStore['list']>> = await store.list({
        projectId: PLACE.projectId,
        endUserId: PLACE.endUserId,
        limit: 2,
        cursor,
      });
      seen.push(...page.threads.map(({ threadId }) => threadId.slice(7, 8)));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(seen).toEqual(['4', '3', '2', '1', '0']);
  });
});
