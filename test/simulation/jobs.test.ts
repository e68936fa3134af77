import { describe, expect, test } from 'vitest';
import { caughtBy } from './caught-by.ts';
import type { JobMutation } from './job-provider.ts';
import { simulateJobs } from './simulate-jobs.ts';
import { unseenDays } from './unseen-days.ts';

const SEEDS = 200;
const MUTATION_SEEDS_MAX = 1_500;
/** As of the threads: it ends a run that hangs, and measures nothing. */
const HANG_MS = 3_600_000;

const BAD_DAYS = [
  'worker died',
  'worker stood still',
  'worker failed',
  'storage down',
  'start lost',
  'provider busy',
  'held anew',
  'call made again',
  'cancelled',
  'stopped in the middle',
  'key revoked',
  'webhook refused',
  'ended completed',
  'ended cancelled',
  'ended failed key_cap_exceeded',
  'ended failed invalid_api_key',
  'ended failed interrupted',
];

describe('jobs under seeded interleavings', () => {
  test(
    `make each call, pay for it once where its answer is stored, and end, in ${SEEDS} runs through every bad day`,
    async () => {
      expect(await unseenDays(SEEDS, BAD_DAYS, simulateJobs)).toEqual([]);
    },
    HANG_MS,
  );

  test.each<JobMutation>([
    'asked without a look at the job',
    'leases that nobody keeps',
    'answers of a former worker',
    'settled before it is stored',
    'holds without a name',
  ])(
    'jobs with the fault "%s" are caught',
    async (mutation) => {
      await caughtBy(MUTATION_SEEDS_MAX, mutation, simulateJobs);
    },
    HANG_MS,
  );
});
