import { beforeEach, describe, expect, test } from 'vitest';
import { tableChunkLog } from '../../../lambdas/threads/adapters/table-chunk-log.ts';
import { tableThreadStore } from '../../../lambdas/threads/adapters/threads/table-thread-store.ts';
import { socketAudience } from '../../../lambdas/threads/sockets/usecases/socket-audience.ts';
import { sweepRuns } from '../../../lambdas/threads/usecases/sweep-runs.ts';
import { takeOver } from '../../../lambdas/threads/usecases/take-over.ts';
import type { RunCareDeps } from '../../../lambdas/threads/usecases/run-types.ts';
import { MemoryTables } from '../../support/memory-tables.ts';
import { silentSockets } from '../../support/silent-sockets.ts';
import { newRun, newTurn, PLACE, SETTLEMENT, thread } from '../../support/thread-rows.ts';
import type { Metrics } from '../../../lambdas/shared/deps.ts';

const NOW_MS = Date.UTC(2026, 10, 24);
const MINUTE_MS = 60_000;
const RUN = { ...PLACE, seq: 2 };
const RUN_ID = `run_${'0'.repeat(20)}_2`;

let nowMs = NOW_MS;
let told: Parameters<Metrics['record']>[] = [];
let reports: string[] = [];
let started = 0;
let isStoreBroken = false;
let deps: RunCareDeps;

beforeEach(async () => {
  nowMs = NOW_MS;
  told = [];
  reports = [];
  started = 0;
  isStoreBroken = false;
  const timers = { nowMs: () => nowMs, sleep: async () => undefined };
  const tables = new MemoryTables();
  const store = tableThreadStore({ tables, timers, random: () => 0.5 });
  const chunks = tableChunkLog({ tables, timers });
  const report = (message: string): void => void reports.push(message);
  deps = {
    store: {
      ...store,
      endRun: async (...end) => {
        if (isStoreBroken) throw new Error('this row cannot be written');
        return await store.endRun(...end);
      },
    },
    chunks,
    model: {
      settle: async () => undefined,
      withdraw: async () => undefined,
      proven: async () => SETTLEMENT,
      contextTokens: () => null,
    },
    starter: {
      start: async () => void (started += 1),
      startTitle: async () => undefined,
      startFork: async () => undefined,
    },
    audience: socketAudience({ ...silentSockets(tables), store, chunks, timers, report }),
    timers,
    metrics: { record: (...figures) => void told.push(figures) },
    report,
  };
  await store.create(thread(NOW_MS));
});

const open = async (fields: object = {}): Promise<void> => {
  const run = { ...newRun(NOW_MS), ...fields };
  expect((await deps.store.openTurn({ ...newTurn('r1', NOW_MS), run })).kind).toBe('opened');
};
const sweep = async (afterMs: number): Promise<void> => {
  nowMs = NOW_MS + afterMs;
  await sweepRuns(deps, () => `sweep at ${afterMs}`);
};

describe('a turn whose producer died', () => {
  test('is told as taken over and as ended, once, whoever else looks after it', async () => {
    await open();
    await sweep(MINUTE_MS);
    await sweep(2 * MINUTE_MS);
    await takeOver(deps, RUN, 'a reader');
    expect(told).toEqual([
      [{ turns: 1 }, { by: { reason: 'incomplete' }, facts: { run_id: RUN_ID, key_id: 'key_a' } }],
      [{ takeovers: 1 }, { by: { reason: 'interrupted' }, facts: { run_id: RUN_ID } }],
    ]);
  });

  test('is not told as taken over by a taker that lost', async () => {
    await open();
    nowMs = NOW_MS + MINUTE_MS;
    const seen = await deps.store.run(RUN);
    expect(seen).not.toBeNull();
    await Promise.all(['a', 'b', 'c'].map(async (nonce) => await takeOver(deps, RUN, nonce)));
    expect(told.filter(([figures]) => 'takeovers' in figures)).toHaveLength(1);
  });
});

describe('a turn that nobody begins', () => {
  test('is asked for again by each sweep, told as stuck, and ends as failed after five minutes: no viewer hangs', async () => {
    await open({ epoch: 0, writer: null, hold: null });
    for (const minutes of [1, 2, 3, 4, 5]) await sweep(minutes * MINUTE_MS);
    expect(started).toBe(5);
    expect(told).toEqual([[{ stuckRuns: 1 }], [{ stuckRuns: 1 }], [{ stuckRuns: 1 }]]);
    await sweep(6 * MINUTE_MS);
    expect(started).toBe(5);
    expect(await deps.store.run(RUN)).toMatchObject({ status: 'failed', stopReason: 'error' });
    expect(told.slice(3)).toMatchObject([
      [{ turns: 1 }, { by: { reason: 'failed' } }],
      [{ takeovers: 1 }, { by: { reason: 'never_started' } }],
    ]);
  });
});

test('a turn that the sweep cannot end fails the sweep, names its run, and counts', async () => {
  await open();
  isStoreBroken = true;
  await expect(sweep(MINUTE_MS)).rejects.toThrow('1 runs failed');
  expect(reports).toEqual([`not looked after: ${RUN_ID}`]);
  expect(told).toEqual([[{ unsweptRuns: 1 }]]);
  isStoreBroken = false;
  await sweep(3 * MINUTE_MS);
  expect(told.at(-1)).toMatchObject([{ takeovers: 1 }, {}]);
});
