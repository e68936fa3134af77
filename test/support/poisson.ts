import type { Seeded } from '../simulation/seeded.ts';

const STEPS = 1 << 30;

/** A Poisson count by Knuth's product, in pieces so that a large mean does not underflow. */
export const poisson = (random: Seeded, mean: number): number => {
  let count = 0;
  for (let left = mean; left > 0; left -= 30) count += knuth(random, Math.min(30, left));
  return count;
};

const knuth = (random: Seeded, mean: number): number => {
  const limit = Math.exp(-mean);
  let product = 1;
  for (let count = 0; ; count++) {
    product *= (random.below(STEPS) + 0.5) / STEPS;
    if (product <= limit) return count;
  }
};
