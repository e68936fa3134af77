import { describe, expect, test } from 'vitest';
import { simulateThreads } from './simulate-threads.ts';
import type { ThreadMutation } from './unreliable-tables.ts';

const SEEDS = 10_000;
const MUTATION_SEEDS_MAX = 6_000;

describe('threads under seeded interleavings', () => {
  test(`keep their invariants in ${SEEDS} runs`, { timeout: 900_000 }, async () => {
    for (let seed = 1; seed <= SEEDS; seed++)
      await simulateThreads(seed).catch((error: unknown) => {
        throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : 'failed'}`, {
          cause: error,
        });
      });
  });

  test.each<ThreadMutation>([
    'no fence',
    'show before the put',
    'two puts in flight',
    'no nonce',
    'lease without fence',
    'message outside the end',
    'no sequence clause',
    'live without a look',
    'viewers read late',
    'place not kept',
  ])('threads with the fault "%s" are caught', { timeout: 300_000 }, async (mutation) => {
    for (let seed = 1; seed <= MUTATION_SEEDS_MAX; seed++) {
      const isCaught = await simulateThreads(seed, mutation).then(
        () => false,
        () => true,
      );
      if (isCaught) return;
    }
    expect.fail(`not caught in ${MUTATION_SEEDS_MAX} runs`);
  });
});
