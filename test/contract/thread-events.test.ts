import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { tableThreadChanges } from '../../lambdas/threads/adapters/threads/table-thread-changes.ts';
import { tableThreadStore } from '../../lambdas/threads/adapters/threads/table-thread-store.ts';
import { tableThreadTitles } from '../../lambdas/threads/adapters/threads/table-thread-titles.ts';
import type { EventCursor } from '../../lambdas/threads/domain/event-cursor.ts';
import type { CursoredEvent } from '../../lambdas/threads/domain/thread-event.ts';
import type { Run } from '../../lambdas/threads/domain/thread.ts';
import type { ThreadStore } from '../../lambdas/threads/ports/store.ts';
import type { ThreadChanges } from '../../lambdas/threads/ports/events.ts';
import { newEvents, readThreadEvents } from '../../lambdas/threads/usecases/thread-events.ts';
import { ENGINES, type Engine } from '../support/engines.ts';
import { newTurn, PLACE, runEnd, step, thread } from '../support/thread-rows.ts';

const NOW_MS = Date.UTC(2026, 10, 24);
const START: EventCursor = { seq: 0, tick: 1, edits: 0, runsFrom: 1 };

const names = (told: readonly CursoredEvent[]): readonly string[] =>
  told.map(({ event }) => ('seq' in event ? `${event.type} ${event.seq}` : event.type));

describe.each(ENGINES)('events of a thread on $name', ({ open }) => {
  let engine: Awaited<ReturnType<Engine['open']>>;
  let store: ThreadStore;
  let changes: ThreadChanges;
  let titles: ReturnType<typeof tableThreadTitles>;
  beforeAll(async () => void (engine = await open()));
  afterAll(() => engine.close());
  beforeEach(async () => {
    const tables = await engine.fresh();
    const timers = { nowMs: () => NOW_MS, sleep: async () => undefined };
    store = tableThreadStore({ tables, timers, random: () => 0.5 });
    changes = tableThreadChanges(tables);
    titles = tableThreadTitles(tables);
    await store.create({ ...thread(NOW_MS), title: null });
  });

  const turn = async (id: string, fields: object = {}): Promise<Run> => {
    const { run } = await store.openTurn({ ...newTurn(id, NOW_MS), ...fields });
    if (run === null) throw new Error('no run');
    return run;
  };
  const end = async (run: Run): Promise<string> => {
    const now = await store.run(run);
    const writer = { epoch: now?.epoch ?? 0, nonce: now?.writer ?? 'taker' };
    return await store.endRun(now ?? run, writer, runEnd(run, NOW_MS));
  };
  const since = async (from: EventCursor) => {
    const now = await changes.now(PLACE);
    if (now === null) throw new Error('no thread');
    return { at: now.at, told: await newEvents(changes, from, now) };
  };

  /** Everything that may happen to a thread, one write after the other. */
  const story = [
    async () => void (await store.append(PLACE, newTurn('m', NOW_MS).record, [step(NOW_MS)])),
    async () => void (await turn('r1')),
    async () => void (await turn('r2')),
    async () => void (await store.patch(PLACE, { metadata: { b: '1' } })),
    async () => expect(await end(await runAt(3))).toBe('ended'),
    async () => void (await titles.write(PLACE, 'A title', NOW_MS)),
    async () => void (await turn('r3', { concurrency: 'interrupt' })),
    async () => expect(await end(await runAt(7))).toBe('ended'),
    async () => expect(await end(await runAt(5))).toBe('ended'),
    async () => void (await turn('again', { messages: [], supersedesFrom: 5 })),
    async () => void (await store.patch(PLACE, { title: 'By a person' })),
  ];
  const runAt = async (seq: number): Promise<Run> => {
    const run = await store.run({ ...PLACE, seq });
    if (run === null) throw new Error(`no run at ${seq}`);
    // A run that was claimed has no producer until one starts it.
    return run.status === 'active' && run.writer === null
      ? ((await store.startRun(run, { epoch: run.epoch + 1, nonce: 'post' }, NOW_MS)) ?? run)
      : run;
  };
  const STORY = [
    'message.created 1',
    'message.created 2',
    'message.created 3',
    'run.started 3',
    'message.created 4',
    'message.created 5',
    'thread.updated',
    'run.ended 3',
    'run.started 5',
    'thread.updated',
    'message.created 6',
    'message.created 7',
    'run.ended 7',
    'run.ended 5',
    'message.created 8',
    'run.started 8',
    'thread.updated',
  ];

  test('are told to who watches, write after write, and to who comes back later all the same', async () => {
    const watched: CursoredEvent[] = [];
    const cursors: EventCursor[] = [START];
    for (const happens of story) {
      await happens();
      const { at, told } = await since(cursors.at(-1) ?? START);
      expect(told.at(-1)?.cursor).toEqual(at);
      watched.push(...told);
      cursors.push(at);
    }
    expect(names(watched)).toEqual(STORY);
    const sorted = (told: readonly CursoredEvent[]) =>
      names(told)
        .filter((name) => name !== 'thread.updated')
        .toSorted((left, right) => left.localeCompare(right));
    for (const [index, { cursor }] of watched.entries()) {
      const { told } = await since(cursor);
      expect(sorted(told)).toEqual(sorted(watched.slice(index + 1)));
    }
    expect((await since(cursors.at(-1) ?? START)).told).toEqual([]);
  });

  test('reach a reader as they happen, each once, and end with the thread', async () => {
    const seen: string[] = [];
    const acts = [...story, async () => void (await store.remove(PLACE, NOW_MS))];
    const timers = {
      nowMs: () => NOW_MS,
      // Something happens at some of the pauses, and now and then two things at once.
      sleep: async () => {
        await acts.shift()?.();
        if (acts.length % 4 === 0) await acts.shift()?.();
      },
    };
    const reading = readThreadEvents(
      { changes, timers },
      { place: PLACE, after: null, untilMs: NOW_MS + 60_000 },
    );
    let last: CursoredEvent | undefined;
    for await (const told of reading) {
      seen.push(...names(told));
      last = told.at(-1);
    }
    expect(seen.filter((name) => name !== 'thread.updated').toSorted()).toEqual(
      STORY.filter((name) => name !== 'thread.updated').toSorted(),
    );
    expect(last?.event).toMatchObject({ thread: { deletedAtMs: NOW_MS } });
    expect(await changes.now({ ...PLACE, endUserId: 'eve' })).toBeNull();
  });

  test('of very many messages tell that they are many, and what comes after them', async () => {
    const far = { ...START, seq: 0 };
    await turn('r1');
    const now = await changes.now(PLACE);
    if (now === null) throw new Error('no thread');
    const ahead = { ...now, at: { ...now.at, seq: 5_000 } };
    const told = await newEvents(changes, far, ahead);
    expect(told).toMatchObject([
      { event: { type: 'thread.updated', isMissed: true }, cursor: ahead.at },
    ]);
  });
});
