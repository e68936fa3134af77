import { describe, expect, test } from 'vitest';
import { caughtBy } from './caught-by.ts';
import { runSeeds } from './run-seeds.ts';
import type { IncidentMutation } from './incident-mutations.ts';
import { simulateIncidents } from './simulate-incidents.ts';

/** A run is hours of incidents: `npm run simulate -- --incidents` runs ten thousand. */
const RUNS = 600;
/** As of the threads: it ends a run that hangs, and measures nothing. */
const HANG_MS = 3_600_000;
const SEEN_SEEDS_MAX = 300;
const MUTATION_SEEDS_MAX = 300;

const BAD_DAYS = [
  'four correlators',
  'lost a race',
  'message twice',
  'storage down',
  'stream read from its start',
  'late anomaly',
  'chain of four',
  'merged',
  'reopened',
  'followed',
  'quiet because it is dead',
  'never sends again',
  'acknowledged',
  ...['read', 'write', 'message'].flatMap((kind) => [
    `killed before a ${kind}`,
    `killed behind a ${kind}`,
  ]),
];

describe('incidents under seeded interleavings', () => {
  test(
    `are one a fault and none for noise, told as they were written, in ${RUNS} runs`,
    async () => {
      await runSeeds({ simulation: 'incidents', from: 1, count: RUNS });
    },
    HANG_MS,
  );

  test(
    'the runs go through every bad day that incidents are for',
    async () => {
      const missing = new Set(BAD_DAYS);
      for (let seed = 1; seed <= SEEN_SEEDS_MAX && missing.size > 0; seed++)
        for (const day of await simulateIncidents(seed)) missing.delete(day);
      expect([...missing]).toEqual([]);
    },
    HANG_MS,
  );

  test('a seed is always the same run', async () => {
    const told = async () =>
      await simulateIncidents(7, 'silences not read').then(
        (seen) => [...seen].join(),
        (error: unknown) => String(error),
      );
    expect(await told()).toEqual(await told());
  });

  test.each<IncidentMutation>([
    'no version of the board',
    'no revision clause',
    'no marks',
    'claims not freed',
    'told by the writer',
    'silences not read',
    'no merge',
    'quiet is enough',
    'each member an incident',
  ])(
    'incidents with the fault "%s" are caught',
    async (mutation) => {
      await caughtBy(MUTATION_SEEDS_MAX, mutation, simulateIncidents);
    },
    HANG_MS,
  );
});
