import { describe, expect, test } from 'vitest';
import { caughtBy } from './caught-by.ts';
import { runSeeds } from './run-seeds.ts';
import { simulateWindows, type WindowMutation } from './simulate-windows.ts';

const SEEDS = 10_000;
/** As of the threads: it ends a run that hangs, and measures nothing. */
const HANG_MS = 3_600_000;
const SEEN_SEEDS_MAX = 1_000;
const MUTATION_SEEDS_MAX = 300;

const BAD_DAYS = [
  'planted: failures',
  'planted: oom',
  'planted: went_silent',
  'spoke again',
  'hour learned',
  'late records',
  'batch sent twice',
  'index behind',
  'stream delivered again',
  'tick missing',
  'tick late',
  'three evaluators',
  'lost a race',
  'lost a race with anomalies',
  'answer lost: write',
  'storage down',
  ...['read', 'write', 'transact'].map((kind) => `killed at: ${kind}`),
];

describe('windows under seeded interleavings', () => {
  test(
    `are a straight count, with each anomaly once, in ${SEEDS} runs`,
    async () => {
      await runSeeds({ simulation: 'windows', from: 1, count: SEEDS });
    },
    HANG_MS,
  );

  test('the runs go through every bad day that windows are for', async () => {
    const missing = new Set(BAD_DAYS);
    for (let seed = 1; seed <= SEEN_SEEDS_MAX && missing.size > 0; seed++)
      for (const day of await simulateWindows(seed)) missing.delete(day);
    expect([...missing]).toEqual([]);
  });

  test('a seed is always the same run', async () => {
    const told = async () =>
      await simulateWindows(7, 'nothing seen').then(
        (seen) => [...seen].join(),
        (error: unknown) => String(error),
      );
    expect(await told()).toEqual(await told());
  });

  test.each<WindowMutation>([
    'no version clause',
    'no overlap',
    'nothing seen',
    'anomalies after the state',
    'anomalies before the state',
    'hot blocks counted again',
    'late records dropped',
    'no ids of episodes',
    'hours after the state',
  ])('windows with the fault "%s" are caught', async (mutation) => {
    await caughtBy(MUTATION_SEEDS_MAX, mutation, simulateWindows);
  });
});
