import type { Sensitivity } from '../statistics.ts';
import { amounts, valueOf, type Measure } from './measure.ts';
import { readingOf, strongest, type Reading, type Scale } from './reading.ts';
import {
  DRIFT_RULES,
  SCALE_RULES,
  SCALES_HOURS,
  UNREST_MIN,
  type Direction,
  type DriftRule,
  type SeriesKind,
} from './rules.ts';
import { HOURS_A_DAY, HOURS_A_WEEK, learnHour, newSeason, usualIn, type Season } from './season.ts';

/** A change that continues. */
export interface Drifting {
  readonly sinceHour: number;
  readonly direction: Direction;
}

/** One series of one service: all that is known of it, some 400 bytes. */
export interface DriftSeries {
  readonly season: Season;
  /** Hours that were learned, and those of them that were judged by the season as it is read now. */
  readonly learned: number;
  readonly judged: number;
  /** One for each of `SCALES_HOURS`. */
  readonly scales: readonly Scale[];
  /** Mean square of how far single hours are off, a day's worth; 1 is usual. */
  readonly unrest: number;
  /** Hours in a row that deviate: above zero upwards, below zero downwards. */
  readonly run: number;
  readonly drifting: Drifting | null;
  /** When a drift is over unless it is seen again before. */
  readonly overHour: number;
}

/** A drift, as an anomaly shows it. */
export interface Drift extends Drifting {
  readonly kind: SeriesKind;
  readonly severity: 'medium' | 'low';
  /** Standard deviations, over so many hours. */
  readonly z: number;
  readonly hours: number;
  /** What came, and what is usual at this time of the week: a rate an hour, a share, or ms. */
  readonly value: number;
  readonly usual: number;
  readonly times: number;
}

/** The deviation of a healthy hour, of three, of a day, before anything is known of the series. */
const DEVIATION_AT_FIRST = [0.3, 0.25, 0.15];
const DEVIATION_MIN = [0.08, 0.05, 0.03];
/** Hours that the first guess weighs as much as, and those that are remembered. */
const GUESS_HOURS = 48;
const MEMORY_HOURS = 336;
const WEEKS_REMEMBERED = 4;
/** From then on a day of the week is compared with itself. */
const WEEKLY_HOURS = 2 * HOURS_A_WEEK;
const HOUR_Z = 2;
/** What begins to drift must not pass for usual before it is reported: an hour that is further off is learned as this far. */
const LEARNED_DEVIATIONS = 3;
const SQUARE_MAX = 16;
const UNREST_OVER = 2.5;
/** Hours that are off one way are more or less, not further apart. */
const ONE_WAY_Z = 2.5;
const SPREAD_MIN = 0.2;
/** Longer than that it is no drift any more, but what is usual now. */
const DRIFTING_HOURS_MAX = HOURS_A_WEEK;
/** What shows at night alone is one drift. */
const CALM_HOURS = 24;

export const newSeries = (): DriftSeries => ({
  season: newSeason(),
  learned: 0,
  judged: 0,
  scales: SCALES_HOURS.map((_, place) => newScale(place)),
  unrest: 1,
  run: 0,
  drifting: null,
  overHour: 0,
});

const newScale = (place: number): Scale => ({
  came: 0,
  usual: 0,
  dispersion: (DEVIATION_AT_FIRST[place] ?? 0) ** 2,
});

export interface Hour {
  readonly kind: SeriesKind;
  /** Whole hours since 1970. */
  readonly hour: number;
  readonly measure: Measure;
  readonly sensitivity: Sensitivity;
}

/**
 * One more hour, by what is usual at that time of the week: the series with it, and the drift that it shows or continues
 * with. Pure, and a hour is given once; one in which something else is wrong is not given at all.
 */
export const stepSeries = (
  series: DriftSeries,
  { kind, hour, measure, sensitivity }: Hour,
): { readonly series: DriftSeries; readonly drift: Drift | null } => {
  const value = valueOf(measure);
  if (value === null) return { series, drift: null };
  const rule = DRIFT_RULES[kind];
  const band = usualIn(series.season, hour, series.learned >= WEEKLY_HOURS);
  if (series.learned < rule.learnsHours || band === null)
    return { series: learnOnly(series, hour, value), drift: null };
  const expected = Math.min(band.high, Math.max(band.low, value));
  const [came, usual] = amounts(measure, value, expected);
  const judged = judge(series, came, usual);
  const found = changeOf(judged, rule, sensitivity);
  const next = withDrifting({ ...series, ...judged.next }, found, hour);
  const drift =
    next.drifting === null ? null : driftOf(next.drifting, { kind, rule, judged, value, expected });
  const isSeen = next.overHour === hour + CALM_HOURS;
  if (next.drifting !== null && isSeen && hour - next.drifting.sinceHour >= DRIFTING_HOURS_MAX)
    return { series: learnOnly(newSeries(), hour, value), drift };
  if (next.drifting !== null) return { series: next, drift };
  const odd = LEARNED_DEVIATIONS * deviationOf(series, usual);
  const learned = Math.min(usual + odd, Math.max(usual - odd, came));
  const unit = measure.kind === 'count' ? 1 / measure.among : expected / usual;
  return {
    series: learnFrom(learnOnly(next, hour, Math.max(0, learned * unit)), judged.readings),
    drift: null,
  };
};

/** Of one hour of which so much is usual. */
const deviationOf = ({ scales }: DriftSeries, usual: number): number =>
  Math.sqrt(usual + 1 + (scales[0]?.dispersion ?? 0) * usual ** 2);

interface Judged {
  readonly readings: readonly Reading[];
  readonly next: Pick<DriftSeries, 'scales' | 'unrest' | 'run'>;
}

const judge = (series: DriftSeries, came: number, usual: number): Judged => {
  const scales = series.scales.map(({ dispersion, ...sums }, place) => {
    const kept = 1 - 1 / (SCALES_HOURS[place] ?? 1);
    return { came: sums.came * kept + came, usual: sums.usual * kept + usual, dispersion };
  });
  const readings = scales.map((scale, place) => readingOf(scale, SCALES_HOURS[place] ?? 1));
  const z = readings[0]?.z ?? 0;
  const square = Math.min(SQUARE_MAX, z * z);
  const sign = Math.sign(z);
  return {
    readings,
    next: {
      scales,
      unrest: series.unrest + (square - series.unrest) / HOURS_A_DAY,
      run: Math.abs(z) < HOUR_Z ? 0 : Math.sign(series.run) === sign ? series.run + sign : sign,
    },
  };
};

interface Change {
  readonly direction: Direction;
  readonly sinceHours: number;
}

/** The first scale on which it is far from usual, by enough to matter. */
const changeOf = (
  { readings, next }: Judged,
  { timesMin, moreMin }: DriftRule,
  sensitivity: Sensitivity,
): Change | null => {
  for (const [place, rule] of SCALE_RULES[sensitivity].entries()) {
    const reading = readings[place];
    if (rule === null || reading === undefined) continue;
    const { z, effect, more } = reading;
    const isFar = Math.abs(z) >= rule.z && Math.abs(effect) >= Math.log(timesMin[place] ?? 1);
    const isOneWay = Math.sign(next.run) === Math.sign(z) && Math.abs(next.run) >= rule.hoursInARow;
    if (!isFar || !isOneWay || (z > 0 && more < moreMin)) continue;
    return { direction: z > 0 ? 'up' : 'down', sinceHours: Math.abs(next.run) };
  }
  const [hour] = next.scales;
  const deviation = Math.sqrt(next.unrest * (hour?.dispersion ?? 0));
  if (next.unrest < UNREST_MIN[sensitivity] || deviation < SPREAD_MIN) return null;
  const { z = 0, more = 0 } = readings.at(-1) ?? {};
  if (Math.abs(z) < ONE_WAY_Z) return { direction: 'spread', sinceHours: HOURS_A_DAY };
  if (z > 0 && more < moreMin) return null;
  return { direction: z > 0 ? 'up' : 'down', sinceHours: HOURS_A_DAY };
};

const withDrifting = (series: DriftSeries, found: Change | null, hour: number): DriftSeries => {
  if (series.drifting !== null) {
    if (found !== null || isFarStill(series)) return { ...series, overHour: hour + CALM_HOURS };
    return hour < series.overHour ? series : { ...series, drifting: null };
  }
  if (found === null) return series;
  const sinceHour = hour - found.sinceHours + 1;
  const drifting = { sinceHour, direction: found.direction };
  return { ...series, drifting, overHour: hour + CALM_HOURS };
};

/** It is over when it is half as far as it had to be. */
const isFarStill = ({ scales, unrest, drifting }: DriftSeries): boolean =>
  drifting?.direction === 'spread'
    ? unrest >= UNREST_OVER
    : SCALE_RULES.normal.some((rule, place) => {
        const scale = scales[place];
        if (rule === null || scale === undefined) return false;
        return Math.abs(readingOf(scale, SCALES_HOURS[place] ?? 1).z) >= rule.z / 2;
      });

const learnOnly = (series: DriftSeries, hour: number, value: number): DriftSeries => {
  const weeks = Math.min(WEEKS_REMEMBERED, 1 + Math.floor(series.learned / HOURS_A_WEEK));
  const learned = series.learned + 1;
  return {
    ...series,
    season: learnHour(series.season, hour, value, 1 / weeks),
    learned,
    // A day of the week is a narrower measure than any day: nobody knows yet how far off is usual.
    judged: learned === WEEKLY_HOURS ? 0 : series.judged,
    scales: learned === WEEKLY_HOURS ? series.scales.map(narrower) : series.scales,
  };
};

const narrower = (scale: Scale, place: number): Scale => ({
  ...scale,
  dispersion: Math.max(scale.dispersion, newScale(place).dispersion / 4),
});

const learnFrom = (series: DriftSeries, readings: readonly Reading[]): DriftSeries => {
  const gain = 1 / Math.min(MEMORY_HOURS, GUESS_HOURS + series.judged);
  return {
    ...series,
    judged: series.judged + 1,
    scales: series.scales.map((scale, place) => {
      const { beyondChance = 0, sureness = 0 } = readings[place] ?? {};
      // One odd hour says little of the others.
      const seen = Math.min(beyondChance, 4 * scale.dispersion);
      const dispersion = scale.dispersion + gain * sureness * (seen - scale.dispersion);
      return { ...scale, dispersion: Math.max((DEVIATION_MIN[place] ?? 0) ** 2, dispersion) };
    }),
  };
};

interface Told {
  readonly kind: SeriesKind;
  readonly rule: DriftRule;
  readonly judged: Judged;
  readonly value: number;
  readonly expected: number;
}

/** null: nobody wants to hear of it. */
const driftOf = (
  drifting: Drifting,
  { kind, rule, judged, value, expected }: Told,
): Drift | null => {
  const severity = rule.tells[drifting.direction];
  if (severity === undefined) return null;
  const [place, reading] = strongest(judged.readings);
  const times = Math.exp(reading?.effect ?? 0);
  const isMedium = drifting.direction === 'down' && expected >= rule.mediumDownTimes * value;
  return {
    ...drifting,
    kind,
    severity: isMedium ? 'medium' : severity,
    z: drifting.direction === 'spread' ? Math.sqrt(judged.next.unrest) : (reading?.z ?? 0),
    hours: drifting.direction === 'spread' ? HOURS_A_DAY : (SCALES_HOURS[place] ?? 1),
    value,
    usual: expected,
    times,
  };
};
