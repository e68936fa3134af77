import { describe, expect, test } from 'vitest';
import { caughtBy } from './caught-by.ts';
import { AWAITS } from './fates.ts';
import { runSeeds } from './run-seeds.ts';
import { simulateThreads } from './simulate-threads.ts';
import type { ThreadMutation } from './unreliable-tables.ts';

const SEEDS = 10_000;
/** Two minutes of a fast processor: a slow one that others use too may take half an hour. */
const HANG_MS = 3_600_000;
const SEEN_SEEDS_MAX = 2_000;
const MUTATION_SEEDS_MAX = 400;

/** What a run of the protocol must survive: the 10,000 would mean little without any of it. */
const BAD_DAYS = [
  'posted twice',
  'queued run',
  'begun elsewhere',
  'tool loop',
  'answered',
  'waits at the end',
  ...AWAITS.map((kind) => `killed at: ${kind}`),
  'frozen at: write',
  'frozen at: transact',
  'frozen at: money',
  'slow: write',
  'slow: transact',
  'fenced at: its put',
  'fenced at: its lease',
  'fenced at: its end',
  'answer lost: write',
  'answer lost: transact',
  'a put met itself',
  'a take-over met itself',
  'two takers',
  'interrupted, by: viewer',
  'interrupted, by: post',
  'interrupted, by: sweep',
  'begun_again, by: viewer',
  'begun_again, by: sweep',
  'never_started, by: post',
  'handed over',
  ...['nothing ran yet', 'before the first event', 'in mid-answer', 'all is over'].map(
    (moment) => `came by socket: ${moment}`,
  ),
];

describe('threads under seeded interleavings', () => {
  test(
    `keep their invariants in ${SEEDS} runs`,
    async () => {
      await runSeeds({ simulation: 'threads', from: 1, count: SEEDS });
    },
    HANG_MS,
  );

  test('the runs go through every bad day that the protocol is for', async () => {
    const missing = new Set(BAD_DAYS);
    for (let seed = 1; seed <= SEEN_SEEDS_MAX && missing.size > 0; seed++)
      for (const day of await simulateThreads(seed)) missing.delete(day);
    expect([...missing]).toEqual([]);
  });

  test('a seed is always the same run', async () => {
    const told = async () => {
      const outcomes: string[] = [];
      for (let seed = 1; seed <= 40; seed++)
        outcomes.push(
          await simulateThreads(seed, 'show before the put').then(
            (seen) => [...seen].join(),
            (error: unknown) => String(error),
          ),
        );
      return outcomes;
    };
    expect(await told()).toEqual(await told());
  });

  test.each<ThreadMutation>([
    'no fence',
    'show before the put',
    'two puts in flight',
    'no nonce',
    'lease without fence',
    'message outside the end',
    'no sequence clause',
    'wait without a look',
    'interrupt outside its turn',
    'answer without a look',
    'live without a look',
    'viewers read late',
    'place not kept',
  ])('threads with the fault "%s" are caught', async (mutation) => {
    await caughtBy(MUTATION_SEEDS_MAX, mutation, simulateThreads);
  });
});
