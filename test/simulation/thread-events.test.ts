import { expect, test } from 'vitest';
import { tableThreadChanges } from '../../lambdas/threads/adapters/threads/table-thread-changes.ts';
import { tableThreadStore } from '../../lambdas/threads/adapters/threads/table-thread-store.ts';
import {
  formatEventCursor,
  parseEventCursor,
  type EventCursor,
} from '../../lambdas/threads/domain/event-cursor.ts';
import type { CursoredEvent } from '../../lambdas/threads/domain/thread-event.ts';
import { newEvents } from '../../lambdas/threads/usecases/thread-events.ts';
import { MemoryTables } from '../support/memory-tables.ts';
import { newTurn, PLACE, runEnd, step, thread } from '../support/thread-rows.ts';
import { seeded } from './seeded.ts';

const RUNS = 400;
const WRITES = 40;
const READERS = 3;
const START: EventCursor = { seq: 0, tick: 1, edits: 0, runsFrom: 1 };

const name = ({ event }: CursoredEvent): string =>
  'seq' in event ? `${event.type} ${event.seq}` : event.type;

/** One thread that writers change at random, and readers who look whenever they like and are cut wherever it hurts. */
const life = async (seed: number) => {
  const random = seeded(seed);
  const tables = new MemoryTables();
  const timers = { nowMs: () => seed, sleep: async () => undefined };
  const store = tableThreadStore({ tables, timers, random: () => 0.5 });
  const changes = tableThreadChanges(tables);
  await store.create({ ...thread(0), title: null });
  let edits = 0;
  let count = 0;
  const write = async (): Promise<void> => {
    const now = await store.get(PLACE);
    const running = [
      ...(now?.activeRun === null ? [] : [now?.activeRun ?? 0]),
      ...(now?.queue ?? []),
    ];
    const dice = random.below(10);
    const id = `w${count++}`;
    if (dice < 2) await store.append(PLACE, newTurn(id, 0).record, [step(0)]);
    else if (dice < 5)
      await store.openTurn({
        ...newTurn(id, 0),
        concurrency: random.chance(0.3) ? 'interrupt' : 'queue',
        ...(random.chance(0.2) ? { messages: [], supersedesFrom: now?.lastSeq ?? null } : {}),
      });
    else if (dice < 9 && running.length > 0) await end(running[random.below(running.length)] ?? 0);
    else {
      await store.patch(PLACE, { title: `title ${++edits}` });
    }
  };
  const end = async (seq: number): Promise<void> => {
    let run = await store.run({ ...PLACE, seq });
    if (run?.status === 'active' && run.writer === null)
      run = await store.startRun(run, { epoch: run.epoch + 1, nonce: 'post' }, 0);
    if (run === null) return;
    await store.endRun(run, { epoch: run.epoch, nonce: run.writer ?? 'taker' }, runEnd(run, 0));
  };
  /** Some of what is new: the connection may break behind any of it, and the thread moves on while the rows are read. */
  const look = async (from: EventCursor, told: CursoredEvent[]): Promise<EventCursor> => {
    const now = await changes.now(PLACE);
    if (now === null) throw new Error('no thread');
    while (random.chance(0.5)) await write();
    const events = await newEvents(changes, from, now);
    const heard = random.chance(0.5) ? events : events.slice(0, random.below(events.length + 1));
    told.push(...heard);
    const last = heard.at(-1)?.cursor;
    return last === undefined
      ? random.chance(0.5) && events.length === 0
        ? now.at
        : from
      : parseEventCursor(formatEventCursor(last));
  };
  const readers = Array.from({ length: READERS }, () => ({
    at: START,
    told: new Array<CursoredEvent>(),
  }));
  for (let writes = 0; writes < WRITES; writes++) {
    await write();
    for (const reader of readers)
      if (random.chance(0.3)) reader.at = await look(reader.at, reader.told);
  }
  const last = await changes.now(PLACE);
  if (last === null) throw new Error('no thread');
  for (const reader of readers) reader.told.push(...(await newEvents(changes, reader.at, last)));
  return { last, readers, rows: await changes.rows(PLACE, START, last), edits };
};

test(`${RUNS} threads that change while they are watched: every reader is told each thing once`, async () => {
  for (let seed = 1; seed <= RUNS; seed++) {
    const { last, readers, rows, edits } = await life(seed);
    const runs = rows.runs.flatMap(({ seq, startedRev, ended }) => [
      ...(startedRev === null ? [] : [`run.started ${seq}`]),
      ...(ended === null ? [] : [`run.ended ${seq}`]),
    ]);
    const created = Array.from({ length: last.at.seq }, (_, i) => `message.created ${i + 1}`);
    for (const { told } of readers) {
      const names = told.map(name);
      const once = names.filter((text) => text !== 'thread.updated');
      expect(once.toSorted(), `seed ${seed}`).toEqual([...created, ...runs].toSorted());
      expect(
        once.filter((text) => text.startsWith('message')),
        `seed ${seed}`,
      ).toEqual(created);
      for (const { seq, startedRev, ended } of rows.runs) {
        const places = ['message.created', 'run.started', 'run.ended']
          .filter((type) => type !== 'run.started' || startedRev !== null)
          .filter((type) => type !== 'run.ended' || ended !== null)
          .map((type) => names.indexOf(`${type} ${seq}`));
        expect(places, `seed ${seed}`).toEqual(places.toSorted((left, right) => left - right));
      }
      const titles = told.flatMap(({ event }) =>
        event.type === 'thread.updated' ? [event.thread.title] : [],
      );
      expect(new Set(titles).size, `seed ${seed}`).toBe(titles.length);
      expect(titles.at(-1) ?? null, `seed ${seed}`).toBe(edits === 0 ? null : `title ${edits}`);
    }
  }
});
