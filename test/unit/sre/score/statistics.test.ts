import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  burnOn,
  isRateBroken,
  isSilent,
  judgeBuckets,
  learn,
  medianOf,
  NO_BASELINE,
  NO_BURN,
  slowBurn,
  zOf,
  type Baseline,
} from '../../../../lambdas/sre/score/statistics.ts';
import { seeded } from '../../../simulation/seeded.ts';
import { poisson } from '../../../support/poisson.ts';

const SERVICES = 300;

const steady = (mean: number, buckets = 360): Baseline => ({ buckets, mean, variance: mean });
const learned = (counts: readonly number[]): Baseline => counts.reduce(learn, NO_BASELINE);

describe('a baseline', () => {
  test('is the plain mean and variance until its memory is full, then forgets', () => {
    const { buckets, mean, variance } = learned([2, 4, 4, 4, 5, 5, 7, 9]);
    expect([buckets, mean]).toEqual([8, 5]);
    expect(variance).toBeCloseTo(4, 10);
    const long = learned([
      ...Array.from({ length: 5_000 }, () => 10),
      ...Array.from({ length: 2_000 }, () => 1),
    ]);
    expect(long.mean).toBeLessThan(1.1);
  });
});

describe('z', () => {
  test('is the difference of the transforms, over the root of the dispersion', () => {
    expect(zOf(30, { buckets: 1e9, mean: 0, variance: 0 })).toBeCloseTo(
      2 * (Math.sqrt(30.375) - Math.sqrt(0.375)),
      6,
    );
    expect(zOf(30, { buckets: 1e9, mean: 10, variance: 40 })).toBeCloseTo(
      Math.sqrt(30.375) - Math.sqrt(10.375),
      6,
    );
  });

  test('never grows with the baseline, and always with the count', () => {
    const count = fc.integer({ min: 0, max: 100_000 });
    fc.assert(
      fc.property(count, count, count, (one, other, mean) => {
        const [low, high] = [Math.min(one, other), Math.max(one, other)];
        expect(zOf(low, steady(mean))).toBeLessThanOrEqual(zOf(high, steady(mean)));
        expect(zOf(mean, steady(low))).toBeGreaterThanOrEqual(zOf(mean, steady(high)));
      }),
    );
  });
});

describe('a burst', () => {
  test('fires at one bucket of z 7, at two of three of z 4, and at no fewer than 5 failures', () => {
    expect(judgeBuckets([17], steady(0))).toMatchObject({ rule: 'one bucket' });
    expect(judgeBuckets([16], steady(0))).toBeNull();
    expect(judgeBuckets([7, 0, 7], steady(0))).toMatchObject({ rule: 'two of three' });
    expect(judgeBuckets([7, 0, 0, 7], steady(0))).toBeNull();
    expect(judgeBuckets([7, 7, 0], steady(0))).toBeNull();
    expect(judgeBuckets([6, 6, 6], steady(0))).toBeNull();
    expect(judgeBuckets([9, 0, 6], steady(0))).toBeNull();
    expect(judgeBuckets([4, 4, 4], steady(0), 'high')).toBeNull();
  });

  test('on the border of two buckets is one burst', () => {
    expect(judgeBuckets([26, 11], steady(3))).toMatchObject({ rule: 'two together' });
    expect(judgeBuckets([11, 26], steady(3))).toMatchObject({ rule: 'two together' });
    expect(judgeBuckets([20, 9], steady(3))).toBeNull();
    expect(judgeBuckets([24, 4], steady(3))).toBeNull();
  });

  test('needs a baseline of five minutes', () => {
    expect(judgeBuckets([1_000], steady(0, 29))).toBeNull();
    expect(judgeBuckets([1_000], steady(0, 30))).not.toBeNull();
  });

  test('takes more where a service is set to low, and less where to high', () => {
    const fires = (count: number) =>
      (['low', 'normal', 'high'] as const).map(
        (sensitivity) => judgeBuckets([count], steady(1), sensitivity) !== null,
      );
    expect(fires(15)).toEqual([false, false, false]);
    expect(fires(17)).toEqual([false, false, true]);
    expect(fires(23)).toEqual([false, true, true]);
    expect(fires(40)).toEqual([true, true, true]);
  });

  test('never fires on healthy Poisson services, and sees a burst of 30', () => {
    const random = seeded(5);
    let seen = 0;
    for (let service = 0; service < SERVICES; service++) {
      const mean = random.pick([0.01, 0.1, 0.3, 1, 2, 3]);
      let baseline = learned(Array.from({ length: 60 }, () => poisson(random, mean)));
      const recent = [0, 0, 0];
      let fired = 0;
      for (let bucket = 0; bucket < 360; bucket++) {
        recent.push(poisson(random, mean));
        baseline = learn(baseline, recent.shift() ?? 0);
        if (judgeBuckets(recent, baseline) !== null) fired += 1;
      }
      expect(fired).toBe(0);
      const burst = [...recent.slice(1), 30 + poisson(random, mean)];
      if (judgeBuckets(burst, baseline) !== null) seen += 1;
    }
    expect(seen).toBeGreaterThanOrEqual(0.97 * SERVICES);
  });
});

describe('the rate rule', () => {
  const healthy = { total: 100, failing: 20 };
  test.each([
    ['18 of 20 fail', { total: 20, failing: 18 }, healthy, true],
    ['17 of 20 fail', { total: 20, failing: 17 }, healthy, false],
    ['19 of 19 fail', { total: 19, failing: 19 }, healthy, false],
    ['it always failed', { total: 100, failing: 100 }, { total: 100, failing: 21 }, false],
    [
      'nobody knows what was before',
      { total: 100, failing: 100 },
      { total: 19, failing: 0 },
      false,
    ],
  ])('%s', (_, now, before, isBroken) => {
    expect(isRateBroken(now, before)).toBe(isBroken);
  });
});

describe('a slow burn', () => {
  const run = (buckets: number, bucket: { total: number; failing: number }, burn = NO_BURN) => {
    let next = burn;
    for (let index = 0; index < buckets; index++) next = burnOn(next, bucket, false);
    return next;
  };
  const healthy = run(8_640, { total: 10, failing: 0.005 });

  test('is 14 times the usual share over an hour', () => {
    expect(slowBurn(healthy)).toBeNull();
    expect(slowBurn(run(360, { total: 10, failing: 0.3 }, healthy))).toMatchObject({
      rule: '14x over 1 h',
    });
  });

  test('is 6 times over six hours, when the hour is not so bad', () => {
    expect(slowBurn(run(2_160, { total: 10, failing: 0.11 }, healthy))).toMatchObject({
      rule: '6x over 6 h',
    });
    expect(slowBurn(run(2_160, { total: 10, failing: 0.03 }, healthy))).toBeNull();
  });

  test('is over when the last minutes are well, and is none where as much always fails', () => {
    const burning = run(360, { total: 10, failing: 0.3 }, healthy);
    expect(slowBurn(run(150, { total: 10, failing: 0 }, burning))).toBeNull();
    expect(slowBurn(run(20_000, { total: 10, failing: 0.5 }))).toBeNull();
  });

  test('is none of a service that fails now and then, in five days', () => {
    const random = seeded(11);
    for (const mean of [0.01, 0.1, 1]) {
      let burn = NO_BURN;
      for (let index = 0; index < 43_200; index++) {
        burn = burnOn(burn, { total: 20 * mean, failing: poisson(random, mean) }, false);
        if (slowBurn(burn) !== null) throw new Error(`${mean} burns in bucket ${index}`);
      }
    }
  });

  test('is not known in the first six hours', () => {
    const young = run(1_000, { total: 10, failing: 0 });
    expect(slowBurn(run(360, { total: 10, failing: 1 }, young))).toBeNull();
  });
});

describe('silence', () => {
  test('is three empty buckets of a source that spoke steadily, or twice its usual gap', () => {
    const facts = { median: 5, emptyBuckets: 3, usualGapBuckets: 1 };
    expect(isSilent(facts)).toBe(true);
    expect(isSilent({ ...facts, emptyBuckets: 2 })).toBe(false);
    expect(isSilent({ ...facts, median: 4 })).toBe(false);
    expect(isSilent({ ...facts, usualGapBuckets: 6 })).toBe(false);
    expect(isSilent({ ...facts, usualGapBuckets: 6, emptyBuckets: 12 })).toBe(true);
    expect(medianOf([9, 1, 5])).toBe(5);
    expect(medianOf([])).toBe(0);
  });
});
