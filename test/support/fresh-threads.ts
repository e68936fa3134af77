import { expect } from 'vitest';
import { tableChunkLog } from '../../lambdas/threads/adapters/table-chunk-log.ts';
import type { Tables } from '../../lambdas/platform/tables/tables.ts';
import { tableThreadStore } from '../../lambdas/threads/adapters/threads/table-thread-store.ts';
import type { ChunkLog } from '../../lambdas/threads/ports/chunks.ts';
import type { ThreadStore } from '../../lambdas/threads/ports/store.ts';
import type { Engine } from './engines.ts';
import { newRun, newTurn, thread } from './thread-rows.ts';
import type { Timers } from '../../lambdas/shared/deps.ts';

export const NOW_MS = Date.UTC(2026, 10, 24);

export interface FreshThreads {
  readonly tables: Tables;
  readonly store: ThreadStore;
  readonly chunks: ChunkLog;
}

/** Threads on empty tables of an engine, with one thread in them. */
export const freshThreads = async (
  engine: Awaited<ReturnType<Engine['open']>>,
  nowMs: () => number = () => NOW_MS,
): Promise<FreshThreads> => {
  const tables = await engine.fresh();
  const timers: Timers = { nowMs, sleep: async () => undefined };
  const store = tableThreadStore({ tables, timers, random: () => 0.5 });
  expect(await store.create(thread(NOW_MS))).toBe(true);
  return { tables, store, chunks: tableChunkLog({ tables, timers }) };
};

/** A turn of the one thread, and its run. */
export const openedTurn = async (
  store: ThreadStore,
  requestId: string,
  nowMs: number,
  fields: object = {},
) => {
  const result = await store.openTurn({ ...newTurn(requestId, nowMs), ...fields });
  return { ...result, run: result.run ?? newRun(nowMs) };
};
