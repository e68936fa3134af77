import { describe, expect, test } from 'vitest';
import { caughtBy } from './caught-by.ts';
import { runSeeds } from './run-seeds.ts';
import type { LedgerFault } from './ledger-faults.ts';
import { simulateLedger } from './simulate-ledger.ts';

const SEEDS = 10_000;
/** As of the threads: it ends a run that hangs, and measures nothing. */
const HANG_MS = 3_600_000;
const SEEN_SEEDS_MAX = 500;
const MUTATION_SEEDS_MAX = 1_500;

const SEEN = [
  'hold',
  'settle',
  'expire',
  'roll_over',
  'sweep',
  'admin',
  'withdraw',
  ...['caller', 'admin', 'sweeper'].map((actor) => `killed: ${actor}`),
  ...['hold', 'settle', 'expire', 'roll_over', 'admin', 'withdraw'].map(
    (kind) => `answer lost: ${kind}`,
  ),
  'reprice',
  'reprice refused',
  'repriced',
  'repriced in a later window',
  'answer lost: reprice',
  'cap changed',
  'limits changed',
  'revoked',
  'storage down',
  'settled in a later window',
  'settled after its expiry',
  'roll-up died',
  'delivered again',
  'rolled up together',
];

describe('the ledger under seeded interleavings', () => {
  test(
    `keeps its invariants in ${SEEDS} runs`,
    async () => {
      await runSeeds({ simulation: 'ledger', from: 1, count: SEEDS });
    },
    HANG_MS,
  );

  test('the runs see every kind of write, and every bad day that the ledger is for', async () => {
    const missing = new Set<unknown>(SEEN);
    for (let seed = 1; seed <= SEEN_SEEDS_MAX && missing.size > 0; seed++)
      for (const kind of await simulateLedger(seed)) missing.delete(kind);
    expect([...missing]).toEqual([]);
  });

  test('a seed is always the same run', async () => {
    const outcomes = [1, 2].map(
      async () => await simulateLedger(7, 'no cap clause').catch((error: unknown) => String(error)),
    );
    const [one, two] = await Promise.all(outcomes);
    expect(one).toEqual(two);
  });

  test.each<LedgerFault>([
    'no cap clause',
    'no id clause',
    'no window clause',
    'settle twice',
    'settle by a remembered amount',
    'reprice over the cap',
    'reprice what was moved',
    'reprice twice',
    'reprice keeps the old hold',
    'reprice forgets the bill',
    'reprice counts again',
    'withdraw uncounted',
    'release after tokens',
    'cap change without its delta',
    'roll up twice',
    'tell twice',
  ])('a ledger with the fault "%s" is caught', async (mutation) => {
    await caughtBy(MUTATION_SEEDS_MAX, mutation, simulateLedger);
  });
});
