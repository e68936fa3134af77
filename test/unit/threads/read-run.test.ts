import { afterEach, beforeEach, expect, test } from 'vitest';
import { readRun } from '../../../lambdas/threads/usecases/read-run.ts';
import type { LoggedEvent } from '../../../lambdas/threads/domain/run-event.ts';
import { MemoryTables } from '../../support/memory-tables.ts';
import { silentPoster } from '../../support/silent-sockets.ts';
import { newTurn, PLACE, runEnd } from '../../support/thread-rows.ts';
import { turnRoom } from '../../support/turn-room.ts';
import { startUpstream, type Upstream } from '../../support/upstream.ts';

let upstream: Upstream;
beforeEach(async () => {
  upstream = await startUpstream();
});
afterEach(() => upstream.stop());

/** A run that waits for somebody's answer, its reader at the beginning. */
const waiting = async () => {
  const { deps } = await turnRoom(upstream.url);
  const nowMs = deps.timers.nowMs();
  const { run } = await deps.store.openTurn(newTurn('r1', nowMs));
  if (run === null) throw new Error('no run');
  const asked = { type: 'run.requires_action', tool_use_ids: ['c1'] } as const;
  const end = runEnd(run, nowMs);
  await deps.store.endRun(
    run,
    { epoch: 1, nonce: 'post' },
    { ...end, status: 'requires_action', terminal: null, events: [asked], unsettled: null },
  );
  const read = () =>
    readRun(deps, { run, afterIndex: -1, nonce: 'reader', untilMs: nowMs + 60_000 });
  return { deps, run, read };
};

test('a reader of a run that waits is let go where it waits', async () => {
  const { read } = await waiting();
  const types: string[] = [];
  for await (const page of read()) types.push(...page.map(({ event }) => event.type));
  expect(types).toEqual(['run.requires_action']);
});

test('a reader from before a wait that has its answer stays, though the run has said nothing since', async () => {
  const { deps, run, read } = await waiting();
  const seen = (await deps.store.run(run)) ?? run;
  await deps.store.wakeRun(seen, deps.timers.nowMs());
  const writer = { epoch: 2, nonce: 'next' };
  const begun = await deps.store.startRun(
    (await deps.store.run(run)) ?? run,
    writer,
    deps.timers.nowMs(),
  );
  expect(begun).toMatchObject({ ...PLACE, status: 'active' });
  const reader = read();
  expect((await reader.next()).value).toMatchObject([{ index: 0 }]);
  const next = reader.next();
  const event = { type: 'message_stop' } as const;
  await deps.chunks.append(run, writer, { firstIndex: 1, events: [event] });
  expect((await next).value).toEqual([{ index: 1, event }]);
  await reader.return(undefined);
});

test('a reader of an ended run that lost some of its chunks gets every event once', async () => {
  const tables = new MemoryTables();
  const { deps, post } = await turnRoom(upstream.url, 0, silentPoster, tables);
  const { run, events } = await post('Two words.', {});
  const told: LoggedEvent[] = [];
  for await (const page of events) told.push(...page);
  const keys = [...tables.items.chunks.keys()];
  expect(keys.length).toBeGreaterThan(2);
  // Expired items are removed in any order.
  tables.items.chunks.delete(keys[1] ?? '');
  const read: LoggedEvent[] = [];
  const untilMs = deps.timers.nowMs() + 60_000;
  for await (const page of readRun(deps, { run, afterIndex: -1, nonce: 'reader', untilMs }))
    read.push(...page);
  expect(read).toEqual(told);
});

test('a reader at the end of what is stored waits before it looks again', async () => {
  const { deps } = await turnRoom(upstream.url);
  const { run } = await deps.store.openTurn(newTurn('r1', deps.timers.nowMs()));
  if (run === null) throw new Error('no run');
  const writer = { epoch: 1, nonce: 'post' };
  const event = { type: 'message_stop' } as const;
  let stored = 0;
  const put = async (): Promise<void> => {
    await deps.chunks.append(run, writer, { firstIndex: stored++, events: [event] });
  };
  await put();
  let reads = 0;
  const chunks = {
    ...deps.chunks,
    read: async (...asked: Parameters<typeof deps.chunks.read>) => {
      reads += 1;
      return await deps.chunks.read(...asked);
    },
  };
  const untilMs = deps.timers.nowMs() + 60_000;
  const events = readRun(
    { ...deps, chunks, timers: { ...deps.timers, sleep: put } },
    { run, afterIndex: -1, nonce: 'reader', untilMs },
  );
  for (let index = 0; index < 5; index++)
    expect((await events.next()).value).toEqual([{ index, event }]);
  expect(reads).toBe(5);
  await events.return(undefined);
});
