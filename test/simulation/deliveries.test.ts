import { describe, expect, test } from 'vitest';
import { caughtBy } from './caught-by.ts';
import { simulateDeliveries } from './simulate-deliveries.ts';
import { unseenDays } from './unseen-days.ts';
import type { DeliveryMutation } from './worker-weather.ts';

const SEEDS = 200;
/** As of the threads: it ends a run that hangs, and measures nothing. */
const HANG_MS = 3_600_000;
const MUTATION_SEEDS_MAX = 1_000;

const BAD_DAYS = [
  'reopened',
  'changed while down',
  'down for an hour',
  'credentials lost',
  'rate limited',
  'ticket removed',
  '500 before anything',
  '500 after creating',
  'timed out after creating',
  'repeated by its key',
  'found after doubt',
  'extra closed',
  'told twice',
  'message delivered twice',
  'message delivered again',
  'lost a race',
  'stood still',
  'zombie refused',
  'zombie opened',
  'storage down',
  ...['read', 'write', 'transact', 'send'].map((kind) => `killed at: ${kind}`),
];

describe('deliveries under seeded interleavings', () => {
  test(
    `end with one ticket an incident and destination that shows what it is, in ${SEEDS} runs that go through every bad day`,
    async () => {
      expect(await unseenDays(SEEDS, BAD_DAYS, simulateDeliveries)).toEqual([]);
    },
    HANG_MS,
  );

  test.each<DeliveryMutation>([
    'no lease',
    'zombie writes',
    'unknown is repeated',
    'no lag',
    'no sweep',
    'death is certain',
    'no reminder',
    'wanted is overwritten',
    'told each time',
    'a pause is forgotten',
  ])(
    'deliveries with the fault "%s" are caught',
    async (mutation) => {
      await caughtBy(MUTATION_SEEDS_MAX, mutation, simulateDeliveries);
    },
    HANG_MS,
  );
});
