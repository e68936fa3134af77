import { describe, expect, test } from 'vitest';
import { caughtBy } from './caught-by.ts';
import { simulateRemediations } from './simulate-remediations.ts';
import { unseenDays } from './unseen-days.ts';
import type { RemediationMutation } from './weak-remediations.ts';

const SEEDS = 300;
const MUTATION_SEEDS_MAX = 300;
/** As of the threads: it ends a run that hangs, and measures nothing. */
const HANG_MS = 3_600_000;

const BAD_DAYS = [
  'proposed by two at once',
  'approved by two at once',
  'rejected',
  'runbook changed meanwhile',
  'message delivered twice',
  'message delivered again',
  'killed while it acts',
  'killed before it acts',
  'slower than its lease',
  'ended unknown',
  'ended succeeded',
  'ended cancelled',
  'said unknown, then known',
  'followed to its end',
  'handed over and not followed',
  'killed while it asks',
  'ended timed_out',
  'storage down',
];

describe('approved steps of runbooks under seeded interleavings', () => {
  test(
    `are done once at most, only when a person allowed them, and are told once, in ${SEEDS} runs through every bad day`,
    async () => {
      expect(await unseenDays(SEEDS, BAD_DAYS, simulateRemediations)).toEqual([]);
    },
    HANG_MS,
  );

  test.each<RemediationMutation>([
    'no lease',
    'a death is repeated',
    'told each time',
    'decided without a condition',
    'nobody is told of a death',
    'nobody asks twice',
    'a look is written first',
  ])(
    'steps with the fault "%s" are caught',
    async (mutation) => {
      await caughtBy(MUTATION_SEEDS_MAX, mutation, simulateRemediations);
    },
    HANG_MS,
  );
});
