import { afterAll, beforeAll, expect, test } from 'vitest';
import { dynamoSpendLedger } from '../../../lambdas/ledger/adapters/dynamo-spend-ledger.ts';
import { threadWitnesses } from '../../../lambdas/ledger/adapters/thread-witnesses.ts';
import { KEY_ID } from '../../support/key-items.ts';
import { MemoryTables } from '../../support/memory-tables.ts';
import { silentPoster } from '../../support/silent-sockets.ts';
import { turnRoom } from '../../support/turn-room.ts';
import { startUpstream, type Upstream } from '../../support/upstream.ts';

let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream();
});
afterAll(() => upstream.stop());

const HOUR_MS = 3_600_000;

/** A thread, and the schedule that ends holds whose calls died. */
const expiringRoom = async () => {
  const tables = new MemoryTables();
  const { room, deps, post } = await turnRoom(upstream.url, 0, silentPoster, tables);
  const ledger = dynamoSpendLedger({ tables: room.tables, witnesses: threadWitnesses(tables) });
  return {
    room,
    deps,
    post,
    expire: async () => await ledger.expireHolds(KEY_ID, Date.now() + HOUR_MS),
  };
};

class Died extends Error {}
const dies = async (): Promise<never> => {
  await Promise.resolve();
  throw new Died();
};

test('a POST that dies between its hold and its transaction costs nothing: no run has the hold', async () => {
  const { room, deps, post, expire } = await expiringRoom();
  const store = { ...deps.store, openTurn: dies };
  await expect(post('hello', { store, report: () => undefined })).rejects.toThrow(Died);
  expect(await room.state()).toMatchObject({ holdCount: 1, spentNanoUsd: 0 });
  expect(await expire()).toBe(0);
  expect(await room.state()).toMatchObject({ holdCount: 0, heldNanoUsd: 0, spentNanoUsd: 0 });
});

test('a run that has written its hold pays for it, whatever becomes of its producer', async () => {
  const { room, deps, post, expire } = await expiringRoom();
  const store = { ...deps.store, endRun: dies, renewLease: dies };
  const { events } = await post('hello', { store, report: () => undefined, leftMs: 1_500 });
  for await (const _ of events);
  const held = (await room.state()).heldNanoUsd;
  expect(held).toBeGreaterThan(0);
  expect(await expire()).toBe(1);
  expect(await room.state()).toMatchObject({ holdCount: 0, spentNanoUsd: held });
});

test('a later turn of a run that dies before the run names its hold costs nothing', async () => {
  const { room, deps, post, expire } = await expiringRoom();
  const store = {
    ...deps.store,
    recordStep: async (...args: Parameters<typeof deps.store.recordStep>) =>
      args[2].step === null ? await dies() : await deps.store.recordStep(...args),
  };
  const left = Promise.withResolvers<unknown>();
  const input = { store, report: (_: string, error: unknown) => left.resolve(error) };
  const { events } = await post('look', { ...input, settings: { toolsMode: 'tenant' } });
  for await (const page of events)
    if (page.some(({ event }) => event.type === 'tool_result')) break;
  expect(await left.promise).toBeInstanceOf(Died);
  const { spentNanoUsd, holdCount } = await room.state();
  expect([spentNanoUsd > 0, holdCount]).toEqual([true, 1]);
  expect(await expire()).toBe(0);
  expect(await room.state()).toMatchObject({ holdCount: 0, spentNanoUsd });
});
