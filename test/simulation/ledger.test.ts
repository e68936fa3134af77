import { describe, expect, test } from 'vitest';
import { simulateLedger, type Mutation } from './simulate-ledger.ts';

const SEEDS = 10_000;
const MUTATION_SEEDS_MAX = 2_000;

describe('the ledger under seeded interleavings', () => {
  test(`keeps its invariants in ${SEEDS} runs`, { timeout: 600_000 }, async () => {
    for (let seed = 1; seed <= SEEDS; seed++)
      await simulateLedger(seed).catch((error: unknown) => {
        throw new Error(
          `seed ${seed}: ${error instanceof Error ? error.message : 'failed'}; ` +
            `again: npm run simulate -- --from ${seed} --seeds 1`,
          { cause: error },
        );
      });
  });

  test('the runs see every kind of write: roll-overs, expiries and changes among the calls', async () => {
    const seen = new Set<unknown>();
    for (let seed = 1; seed <= 200; seed++)
      for (const kind of await simulateLedger(seed)) seen.add(kind);
    for (const kind of ['hold', 'settle', 'expire', 'roll_over', 'sweep', 'admin'])
      expect(seen).toContain(kind);
  });

  test('a seed is always the same run', async () => {
    const outcomes = [1, 2].map(
      async () => await simulateLedger(7, 'no cap clause').catch((error: unknown) => String(error)),
    );
    const [one, two] = await Promise.all(outcomes);
    expect(one).toEqual(two);
  });

  test.each<Mutation>([
    'no cap clause',
    'no id clause',
    'no window clause',
    'settle twice',
    'release after tokens',
    'cap change without its delta',
    'roll up twice',
    'tell twice',
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
