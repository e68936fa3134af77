import { describe, expect, test } from 'vitest';
import {
  nabScore,
  nabSeries,
  rawScore,
  scaledSigmoid,
} from '../../../../../bench/sre/drift/nab-score.ts';

/** Weights and figures of the benchmark's own tests (nupic's `scorer_test.py`). */
const WEIGHTS = { truePositive: 1.1, falsePositive: 0.11, falseNegative: 1.2 };
const series = (rows: number, windows: readonly (readonly [number, number])[], probation = 0) => ({
  rows,
  windows: windows.map(([from, to]) => ({ from, to })),
  probation,
});

describe('the score of the benchmark', () => {
  test('is the published sigmoid at its published places', () => {
    expect(scaledSigmoid(-1)).toBeCloseTo(0.98661, 5);
    expect(scaledSigmoid(-0.5)).toBeCloseTo(0.84828, 5);
    expect(scaledSigmoid(0)).toBe(0);
    expect(scaledSigmoid(1)).toBeCloseTo(-0.98661, 5);
    expect(scaledSigmoid(3)).toBe(-1);
  });

  test.each([
    ['nothing', series(5, []), [], 0],
    ['two false alarms', series(5, []), [1, 3], -2 * WEIGHTS.falsePositive],
    ['false alarms that are not counted', series(5, [], 4), [1, 3], 0],
    ['one that is, and one that is not', series(5, [], 3), [1, 3], -WEIGHTS.falsePositive],
    [
      'two windows that are missed',
      series(7, [
        [1, 2],
        [4, 5],
      ]),
      [],
      -2 * WEIGHTS.falseNegative,
    ],
    ['a hit', series(7, [[1, 2]]), [2], (0.8482836399575131 * 1.1) / 0.9866142981514305],
    ['an early hit', series(7, [[4, 5]]), [4], 1.1],
    ['two hits in one window', series(7, [[4, 5]]), [4, 5], 1.1],
    [
      'a hit and a window that is missed',
      series(7, [
        [1, 2],
        [4, 5],
      ]),
      [2],
      (0.8482836399575131 * 1.1) / 0.9866142981514305 - 1.2,
    ],
  ] as const)('of %s is as theirs', (_, given, told, score) => {
    expect(rawScore(given, told, WEIGHTS)).toBeCloseTo(score, 9);
  });

  test('is 100 for the best there is, 0 for silence, and less for noise', () => {
    const one = nabSeries(2_000, [1_000]);
    expect(one.windows).toEqual([{ from: 900, to: 1_100 }]);
    expect(nabScore([{ series: one, told: [900] }])).toBeCloseTo(100, 9);
    expect(nabScore([{ series: one, told: [] }])).toBe(0);
    expect(nabScore([{ series: one, told: [500, 600] }])).toBeLessThan(0);
  });
});
