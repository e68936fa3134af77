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
    for (let seed = 1; seed <= MUTATION_SEEDS_MAX; seed++) {
      const isCaught = await simulateLedger(seed, mutation).then(
        () => false,
        () => true,
      );
      if (isCaught) return;
    }
    expect.fail(`not caught in ${MUTATION_SEEDS_MAX} runs`);
  });
});
