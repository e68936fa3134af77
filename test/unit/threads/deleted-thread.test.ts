import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RunPlace } from '../../../lambdas/threads/domain/thread-ids.ts';
import { eraseThreads } from '../../../lambdas/threads/usecases/erase-threads.ts';
import type { Posted } from '../../../lambdas/threads/usecases/post-message.ts';
import { runClaimed } from '../../../lambdas/threads/usecases/run-claimed.ts';
import { stopRun } from '../../../lambdas/threads/usecases/stop-run.ts';
import { tableThreadEraser } from '../../../lambdas/threads/adapters/threads/table-thread-eraser.ts';
import { MemoryTables } from '../../support/memory-tables.ts';
import { silentPoster } from '../../support/silent-sockets.ts';
import { PLACE } from '../../support/thread-rows.ts';
import { turnRoom } from '../../support/turn-room.ts';
import { startUpstream, type Upstream } from '../../support/upstream.ts';

const DEADLINE_MS = 900_000;
const WAITING = 3;

let upstream: Upstream;
beforeEach(async () => {
  upstream = await startUpstream();
});
afterEach(() => upstream.stop());

const lastOf = async ({ events }: Posted): Promise<string> => {
  let last = '';
  for await (const page of events) last = page.at(-1)?.event.type ?? last;
  return last;
};

/** A thread with an answer at work and messages that wait. What is started runs as its function would. */
const busyThread = async () => {
  const tables = new MemoryTables();
  const turns = await turnRoom(upstream.url, 0, silentPoster, tables);
  const claimed: Promise<void>[] = [];
  const start = async (run: RunPlace): Promise<void> => {
    const input = { run, nonce: `n${run.seq}`, deadlineMs: Date.now() + DEADLINE_MS };
    claimed.push(runClaimed(deps, input));
  };
  const deps = { ...turns.deps, starter: { ...turns.deps.starter, start } };
  const active = await turns.post('slow', { starter: deps.starter });
  const readers = [lastOf(active)];
  for (let place = 0; place < WAITING; place++)
    readers.push(lastOf(await turns.post('a secret', { starter: deps.starter })));
  const eraser = tableThreadEraser({ tables, removeObjects: async () => undefined });
  return { ...turns, deps, active, readers, claimed, eraser };
};

const asked = (): number => upstream.bodies.length;

test('messages that wait in a thread reach no model once it is deleted, and each reader hears that it was cancelled', async () => {
  const { deps, active, readers, room } = await busyThread();
  await expect.poll(asked).toBe(1);
  await deps.store.remove(PLACE, Date.now());
  await stopRun(deps, active.run, 'anybody');
  expect(await Promise.all(readers)).toEqual(readers.map(() => 'run.cancelled'));
  expect(asked()).toBe(1);
  expect(await deps.store.activeRunOf(PLACE)).toBeNull();
  expect(await room.state()).toMatchObject({ heldNanoUsd: 0, holdCount: 0 });
});

test('nor once the answer at work has ended by itself', async () => {
  const { deps, readers, claimed } = await busyThread();
  await expect.poll(asked).toBe(1);
  await deps.store.remove(PLACE, Date.now());
  upstream.hurry();
  const [first, ...waiting] = await Promise.all(readers);
  expect(first).toBe('run.completed');
  expect(waiting).toEqual(waiting.map(() => 'run.cancelled'));
  await Promise.all(claimed);
  expect(asked()).toBe(1);
});

test('a deleted thread is erased at the second sweep, however many messages wait in it', async () => {
  const { deps, active, readers, claimed, eraser } = await busyThread();
  await expect.poll(asked).toBe(1);
  await deps.store.remove(PLACE, Date.now());
  await eraseThreads({ ...deps, eraser }, () => 'sweep');
  await Promise.all(readers);
  await Promise.all(claimed);
  expect(await eraseThreads({ ...deps, eraser }, () => 'sweep')).toBe(1);
  expect(await deps.store.run(active.run)).toBeNull();
  expect(asked()).toBe(1);
});
