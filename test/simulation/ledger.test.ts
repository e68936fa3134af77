import { describe, expect, test } from 'vitest';
import { simulateLedger, type Mutation } from './simulate-ledger.ts';

const SEEDS = 10_000;
const MUTATION_SEEDS_MAX = 2_000;

describe('the ledger under seeded interleavings', () => {
  test(`keeps its invariants in ${SEEDS} runs`, { timeout: 600_000 }, async () => {
    for (let seed = 1; seed <= SEEDS; seed++)
      await simulateLedger(seed).catch((error: unknown) => {
        throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : 'failed'}`, {
          cause: error,
        });
      });
  });

  test.each<Mutation>([
    'no cap clause',
    'no id clause',
    'no window clause',
    'settle twice',
    'release after tokens',
  ])('a ledger with the fault "%s" is caught', { timeout: 120_000 }, async (mutation) => {
    let caughtAt: number | null = null;
    for (let seed = 1; seed <= MUTATION_SEEDS_MAX && caughtAt === null; seed++)
      await simulateLedger(seed, mutation).catch(() => {
        caughtAt = seed;
      });
    expect(caughtAt).not.toBeNull();
  });
});
