import type { Sensitivity } from '../statistics.ts';

/** Version 1 of the rules of drift; a change of a figure is a new version, since anomalies name it. */
export const DRIFT_VERSION = 1;

/** What is followed of a service hour by hour. */
export type SeriesKind = 'records' | 'failures' | 'p95' | 'template';
/** Which way it went: more, less, or further apart from hour to hour. */
export type Direction = 'up' | 'down' | 'spread';

export interface DriftRule {
  /** Hours of which nothing is said. Traffic has weekends. */
  readonly learnsHours: number;
  /** So many times what is usual at least, or the inverse of it, for each of `SCALES_HOURS`. */
  readonly timesMin: readonly number[];
  /** So much more than usual within the hours that are judged, in what is counted. */
  readonly moreMin: number;
  /** What is reported, and how bad it may be. What is not here is followed in silence: it is good news. */
  readonly tells: Partial<Readonly<Record<Direction, 'medium' | 'low'>>>;
  /** From a change as large as this one on it is `medium` where it would be `low`. */
  readonly mediumDownTimes: number;
}

const DAY = 24;
const WEEK = 168;

export const DRIFT_RULES: Readonly<Record<SeriesKind, DriftRule>> = {
  records: {
    learnsHours: WEEK,
    timesMin: [1.5, 1.5, 1.25],
    moreMin: 0,
    tells: { up: 'low', down: 'low', spread: 'low' },
    mediumDownTimes: 2,
  },
  failures: {
    learnsHours: 3 * DAY,
    timesMin: [2, 2, 1.5],
    moreMin: 20,
    tells: { up: 'medium' },
    mediumDownTimes: Infinity,
  },
  p95: {
    learnsHours: 3 * DAY,
    timesMin: [1.25, 1.25, 1.15],
    moreMin: 0,
    tells: { up: 'medium', spread: 'low' },
    mediumDownTimes: Infinity,
  },
  template: {
    learnsHours: WEEK,
    timesMin: [2.5, 2.5, 2],
    moreMin: 20,
    tells: { up: 'low' },
    mediumDownTimes: Infinity,
  },
};

/** Hours over which what came is compared with what is usual: the last ones weigh most. */
export const SCALES_HOURS = [1, 3, DAY] as const;

export interface ScaleRule {
  /** How far beyond usual, in standard deviations of what such hours were. */
  readonly z: number;
  /** Hours in a row that deviate by themselves, the same way. */
  readonly hoursInARow: number;
}

/** One hour alone is never a drift. */
export const SCALE_RULES: Readonly<Record<Sensitivity, readonly (ScaleRule | null)[]>> = {
  low: [null, { z: 9, hoursInARow: 3 }, { z: 7.5, hoursInARow: 1 }],
  normal: [null, { z: 6, hoursInARow: 3 }, { z: 5, hoursInARow: 1 }],
  high: [null, { z: 5, hoursInARow: 2 }, { z: 4, hoursInARow: 1 }],
};

/** So much further from usual than single hours were, squared, over a day. */
export const UNREST_MIN: Readonly<Record<Sensitivity, number>> = { low: 8, normal: 6, high: 5 };
