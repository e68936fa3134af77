import { describe, expect, test } from 'vitest';
import {
  newSeries,
  stepSeries,
  type Drift,
  type DriftSeries,
  type Hour,
} from '../../../../../lambdas/sre/score/drift/series.ts';
import type { Measure } from '../../../../../lambdas/sre/score/drift/measure.ts';
import { newSeason, learnHour, usualIn } from '../../../../../lambdas/sre/score/drift/season.ts';
import { seeded } from '../../../../simulation/seeded.ts';
import { poisson } from '../../../../support/poisson.ts';
import { CHANGES, driftingSeries } from '../../../../support/sre/drifting-series.ts';

const WEEK = 168;

/** What is told of a series, each drift once, by the hour in which it is told first. */
const toldIn = (
  measures: readonly Measure[],
  given: Partial<Hour> = {},
): readonly (Drift & { readonly hour: number })[] => {
  let series: DriftSeries = newSeries();
  let isOn = false;
  const told: (Drift & { hour: number })[] = [];
  for (const [hour, measure] of measures.entries()) {
    const step = stepSeries(series, {
      kind: 'records',
      sensitivity: 'normal',
      hour,
      measure,
      ...given,
    });
    if (step.drift !== null && !isOn) told.push({ ...step.drift, hour });
    ({ series } = step);
    isOn = step.drift !== null;
  }
  return told;
};

const count = (value: number): Measure => ({ kind: 'count', count: Math.round(value), among: 1 });
const time = (ms: number): Measure => ({ kind: 'time', ms, times: 1_000 });

/** A thousand an hour at noon and two hundred at night, a little different each day. */
const days = (hours: number, change: (hour: number) => number = () => 1): readonly Measure[] => {
  const random = seeded(11);
  return Array.from({ length: hours }, (_, hour) => {
    const height = (1 + Math.cos((2 * Math.PI * (hour - 13)) / 24)) / 2;
    return count(poisson(random, 200 + 800 * height) * change(hour));
  });
};

describe('a series', () => {
  test.each(CHANGES)('with a %s tells of it within its four days, once', (change) => {
    for (let seed = 1; seed <= 3; seed++) {
      const { kind, measures, change: at } = driftingSeries(seeded(seed), change);
      const told = toldIn(measures, { kind });
      const within = told.filter(
        ({ hour }) => at !== null && hour >= at.from && hour <= at.to + 24,
      );
      expect([change, seed, within.length]).toEqual([change, seed, 1]);
      expect(told.length).toBe(1);
    }
  });

  test('that is well says nothing in twelve weeks of days, nights and weekends', () => {
    for (let seed = 1; seed <= 40; seed++) {
      const { kind, measures } = driftingSeries(seeded(1_000 + seed), null);
      expect([seed, toldIn(measures, { kind })]).toEqual([seed, []]);
    }
  });

  test('of Poisson counts says nothing, however many or few they are', () => {
    const random = seeded(5);
    for (const mean of [0.4, 4, 18, 36, 108, 180, 360, 720, 1_080]) {
      const failing = Array.from({ length: 6 * WEEK }, () => poisson(random, mean));
      const shares = failing.map((one): Measure => ({
        kind: 'count',
        count: one,
        among: Math.max(1, Math.round(20 * mean)),
      }));
      expect([mean, toldIn(failing.map(count))]).toEqual([mean, []]);
      expect([mean, toldIn(shares, { kind: 'failures' })]).toEqual([mean, []]);
    }
  });

  test('says nothing when clocks change by an hour', () => {
    const measures = days(9 * WEEK);
    for (const by of [1, -1]) {
      const shifted = [...measures.slice(0, 6 * WEEK), ...measures.slice(6 * WEEK + by)];
      expect(toldIn(shifted)).toEqual([]);
    }
  });

  test('says nothing of weekends, neither in the first weeks nor later', () => {
    const measures = days(8 * WEEK, (hour) => (Math.floor(hour / 24) % 7 >= 5 ? 0.3 : 1));
    expect(toldIn(measures)).toEqual([]);
  });

  test('says nothing of its first week, whatever happens in it', () => {
    expect(toldIn(days(WEEK, (hour) => (hour > 100 ? 5 : 1)))).toEqual([]);
  });

  test('says nothing of one hour, however odd', () => {
    for (const times of [0, 0.1, 4, 100])
      expect(toldIn(days(5 * WEEK, (hour) => (hour === 4 * WEEK + 30 ? times : 1)))).toEqual([]);
  });

  test('of half the traffic is medium, of more traffic low', () => {
    const told = (times: number) =>
      toldIn(days(5 * WEEK, (hour) => (hour >= 4 * WEEK + 12 ? times : 1)));
    expect(told(0.4)).toMatchObject([{ direction: 'down', severity: 'medium' }]);
    expect(told(2)).toMatchObject([{ direction: 'up', severity: 'low' }]);
  });

  test('that gets better says nothing', () => {
    const faster = Array.from({ length: 5 * WEEK }, (_, hour) => time(hour < 4 * WEEK ? 400 : 150));
    expect(toldIn(faster, { kind: 'p95' })).toEqual([]);
  });

  test('tells once of what stays, and takes it as usual after a week', () => {
    const from = 4 * WEEK + 12;
    const measures = days(8 * WEEK, (hour) => (hour >= from ? 2 : 1));
    const told = toldIn(measures);
    expect(told.map(({ direction }) => direction)).toEqual(['up']);
    expect((told[0]?.hour ?? 0) - from).toBeLessThan(24);
    const again = days(10 * WEEK, (hour) => (hour >= 8 * WEEK ? 4 : hour >= from ? 2 : 1));
    expect(toldIn(again).map(({ direction }) => direction)).toEqual(['up', 'up']);
  });

  test('that is followed closely tells sooner, and one that is not, later', () => {
    const measures = days(5 * WEEK, (hour) => (hour >= 4 * WEEK ? 1 + (hour - 4 * WEEK) / 60 : 1));
    const [low, normal, high] = (['low', 'normal', 'high'] as const).map(
      (sensitivity) => toldIn(measures, { sensitivity })[0]?.hour ?? Infinity,
    );
    expect(high).toBeLessThanOrEqual(normal ?? 0);
    expect(normal).toBeLessThanOrEqual(low ?? 0);
    expect(high).toBeLessThan(low ?? 0);
  });
});

describe('a season', () => {
  test('knows nothing at first, and each hour with its neighbours later', () => {
    const empty = newSeason();
    expect(usualIn(empty, 5, true)).toBeNull();
    const season = [3, 4, 5].reduce((sum, hour) => learnHour(sum, hour, hour * 100, 1), empty);
    const band = usualIn(season, WEEK + 4, true);
    expect(band?.low).toBeCloseTo(300, 0);
    expect(band?.high).toBeCloseTo(500, 0);
  });

  test('compares a day with any day until it is known itself', () => {
    const season = learnHour(newSeason(), 10, 700, 1);
    expect(usualIn(season, 34, true)?.low).toBeCloseTo(700, 0);
    expect(usualIn(season, 20, true)).toBeNull();
  });

  test('keeps a zero, and moves by its gain', () => {
    const zero = learnHour(newSeason(), 1, 0, 1);
    expect(usualIn(zero, 1, true)).toEqual({ low: 0, high: 0 });
    expect(usualIn(learnHour(zero, 1, 100, 0.25), 1, true)?.high).toBeCloseTo(25, 1);
  });
});
