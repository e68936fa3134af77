import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { costNanoUsd, worstCostNanoUsd } from '../../../lambdas/inference/models/cost.ts';
import { ratesDuring } from '../../../lambdas/inference/models/price-times.ts';
import { priceOf } from '../../../lambdas/inference/models/prices.ts';
import type { PricePeriod, Rates } from '../../../lambdas/inference/models/rates.ts';
import { NO_TOKENS } from '../../../lambdas/ledger/domain/usage.ts';

const MINUTE = 60_000;
const FRIDAY = Date.UTC(2026, 10, 27);
const SUNDAY = Date.UTC(2026, 10, 29);
const MONDAY = Date.UTC(2026, 10, 30);
const hours = (count: number): number => count * 60 * MINUTE;

describe('a price by the hour', () => {
  const inputAt = (fromMs: number, untilMs = fromMs) =>
    priceOf('deepseek', 'deepseek-flash', fromMs, untilMs)?.rates.input;

  test.each([
    ['at the first busy minute of a Monday', MONDAY + hours(1), 300_000_000],
    ['a moment before it', MONDAY + hours(1) - 1, 150_000_000],
    ['at the last busy moment of the morning', MONDAY + hours(4) - 1, 300_000_000],
    ['between the two busy times', MONDAY + hours(4), 150_000_000],
    ['on a Friday afternoon of Beijing', FRIDAY + hours(7), 300_000_000],
    ['at the same hour of a Sunday', SUNDAY + hours(7), 150_000_000],
  ])('is that of the hour and the weekday: %s', (_when, atMs, nano) =>
    expect(inputAt(atMs)).toBe(nano),
  );

  test('is the dearest that a call meets on its way, whichever end of the call meets it', () => {
    expect(inputAt(MONDAY + hours(1) - MINUTE, MONDAY + hours(1))).toBe(300_000_000);
    expect(inputAt(MONDAY + hours(4) - 1, MONDAY + hours(5))).toBe(300_000_000);
    // Neither end does.
    expect(inputAt(MONDAY, MONDAY + hours(12))).toBe(300_000_000);
    expect(inputAt(FRIDAY + hours(10), MONDAY + hours(1) - 1)).toBe(150_000_000);
    expect(inputAt(FRIDAY + hours(10), MONDAY + hours(1))).toBe(300_000_000);
  });

  test('that passes midnight belongs to the day on which it starts', () => {
    const night: readonly PricePeriod[] = [
      { rates: { input: 4, output: 4 } },
      { minutes: [1_380, 60], weekdays: [5], rates: { input: 1, output: 1 } },
    ];
    const at = (atMs: number) => ratesDuring(night, atMs, atMs)?.input;
    expect([at(FRIDAY), at(FRIDAY + hours(23)), at(FRIDAY + hours(24.5))]).toEqual([4, 1, 1]);
    expect(at(FRIDAY + hours(25))).toBe(4);
  });
});

test('of an old and a new price a call has the one that stood when it began, however long it runs', () => {
  const periods: readonly PricePeriod[] = [
    { rates: { input: 10, output: 10 } },
    { fromMs: MONDAY, rates: { input: 2, output: 50 } },
  ];
  expect(ratesDuring(periods, MONDAY - 1, MONDAY + hours(1))?.output).toBe(10);
  expect(ratesDuring(periods, MONDAY, MONDAY)?.output).toBe(50);
  expect(ratesDuring(periods.slice(1), MONDAY - 1, MONDAY + hours(1))).toBeNull();
});

const price = fc.oneof(
  fc.nat(1_000_000),
  fc
    .tuple(fc.nat(1_000_000), fc.integer({ min: 1, max: 500_000 }), fc.nat(1_000_000))
    .map(([low, above, high]) => [[0, low] as const, [above, high] as const]),
);
const rates: fc.Arbitrary<Rates> = fc.record(
  { input: price, output: price, cacheRead: price, cacheWrite5m: price, cacheWrite1h: price },
  { requiredKeys: ['input', 'output'] },
);
const minute = fc.integer({ min: 0, max: 1_440 });
const period = fc.record(
  {
    rates,
    fromMs: fc.integer({ min: -3, max: 3 }).map((days) => MONDAY + days * hours(24)),
    minutes: fc.tuple(minute, minute),
    weekdays: fc.subarray([0, 1, 2, 3, 4, 5, 6]),
  },
  { requiredKeys: ['rates'] },
);

test('no call costs more than was held for it, wherever its prices change and whenever it ends', () => {
  const count = fc.nat(400_000);
  const span = fc.nat(hours(24 * 3));
  fc.assert(
    fc.property(
      fc.array(period, { maxLength: 5 }),
      rates,
      fc.tuple(fc.integer({ min: -hours(96), max: hours(96) }), span, span),
      fc.tuple(count, count, count, count, count),
      (
        periods,
        base,
        [begin, ran, left],
        [input, cacheRead, cacheWrite5m, cacheWrite1h, output],
      ) => {
        const all = [{ rates: base }, ...periods];
        const fromMs = MONDAY + begin;
        const held = ratesDuring(all, fromMs, fromMs + ran + left) ?? {};
        const settled = ratesDuring(all, fromMs, fromMs + ran) ?? {};
        const tokens = { ...NO_TOKENS, input, cacheRead, cacheWrite5m, cacheWrite1h, output };
        const most = worstCostNanoUsd(
          held,
          input + cacheRead + cacheWrite5m + cacheWrite1h,
          output,
          '1h',
        );
        expect(costNanoUsd(settled, tokens)).toBeLessThanOrEqual(most);
        // At no moment of the call was any price dearer than what is settled.
        for (let share = 0; share <= 8; share += 1) {
          const atMs = fromMs + Math.floor((ran * share) / 8);
          const moment = ratesDuring(
            all.filter((one) => (one.fromMs ?? 0) <= fromMs),
            atMs,
            atMs,
          );
          expect(costNanoUsd(moment ?? {}, tokens)).toBeLessThanOrEqual(
            costNanoUsd(settled, tokens),
          );
        }
      },
    ),
    { numRuns: 300 },
  );
});
