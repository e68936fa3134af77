import { describe, expect, test } from 'vitest';
import { caughtBy } from './caught-by.ts';
import { runSeeds } from './run-seeds.ts';
import { simulateProjectCaps } from './simulate-project-caps.ts';
import { PROJECT_MUTATIONS } from './weak-project-caps.ts';

const SEEDS = 500;
/** As of the threads: it ends a run that hangs, and measures nothing. */
const HANG_MS = 3_600_000;
const SEEN_SEEDS_MAX = 500;
const MUTATION_SEEDS_MAX = 2_000;

const SEEN = [
  ...['caller', 'admin', 'sweeper', 'maker', 'teller'].map((actor) => `killed: ${actor}`),
  'refused: project',
  'refused: key',
  'withdrawn',
  'set',
  'removed',
  'storage down',
  'met another transaction',
  'settled after its budget',
  'cost above its hold',
  'tight',
  'between two windows',
  'project told',
  'told of a higher cap',
  'told after its window',
];

describe('the cap of a project under seeded interleavings', () => {
  test(
    `keeps its invariants in ${SEEDS} runs`,
    async () => {
      await runSeeds({ simulation: 'caps', from: 1, count: SEEDS });
    },
    HANG_MS,
  );

  test('the runs see every bad day that it is for', async () => {
    const missing = new Set<unknown>(SEEN);
    for (let seed = 1; seed <= SEEN_SEEDS_MAX && missing.size > 0; seed++)
      for (const kind of await simulateProjectCaps(seed)) missing.delete(kind);
    expect([...missing]).toEqual([]);
  });

  test.each(PROJECT_MUTATIONS)('a ledger with the fault "%s" is caught', async (mutation) => {
    await caughtBy(MUTATION_SEEDS_MAX, mutation, simulateProjectCaps);
  });
});
