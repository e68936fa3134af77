import type { SeriesKind } from '../../../lambdas/sre/score/drift/rules.ts';
import type { Measure } from '../../../lambdas/sre/score/drift/measure.ts';
import type { Seeded } from '../../simulation/seeded.ts';
import { poisson } from '../poisson.ts';

/** What changes in a series, after the kinds of the Numenta Anomaly Benchmark (https://arxiv.org/abs/1510.03336). */
export const CHANGES = [
  'level shift',
  'slow ramp',
  'changed seasonality',
  'variance change',
  'growing latency',
  'disappearing night dip',
] as const;
export type DriftChange = (typeof CHANGES)[number];

/** Hours of one series of a service, and where it changes. */
export interface DriftingSeries {
  readonly kind: SeriesKind;
  readonly measures: readonly Measure[];
  /** The same as plain figures: what a detector of figures is given. */
  readonly values: readonly number[];
  /** From the first hour of the change to the first after it; null: it is healthy. */
  readonly change: { readonly from: number; readonly to: number } | null;
}

export const SERIES_HOURS = 2_016;
const CHANGE_HOURS = 96;
const HEALTHY_WEEKS = 5;
const WEEK_HOURS = 168;
const DAY_HOURS = 24;
const STEPS = 1 << 30;

interface Shape {
  readonly level: number;
  /** Least of the night by most of the day. */
  readonly night: number;
  readonly peakHour: number;
  /** A weekend day by another one. */
  readonly weekend: number;
  /** Deviations of an hour and of a day, as shares. */
  readonly noise: number;
  readonly dayNoise: number;
}

/** Twelve weeks of a service with days and weekends, whose 96 hours of change begin after the fifth week. */
export const driftingSeries = (random: Seeded, change: DriftChange | null): DriftingSeries => {
  const shape: Shape = {
    level: Math.exp(between(random, Math.log(300), Math.log(30_000))),
    night: between(random, 0.15, 0.5),
    peakHour: between(random, 9, 20),
    weekend: between(random, 0.4, 1),
    noise: between(random, 0.03, 0.1),
    dayNoise: between(random, 0.02, 0.06),
  };
  const last = SERIES_HOURS - WEEK_HOURS;
  const from = HEALTHY_WEEKS * WEEK_HOURS + random.below(last - HEALTHY_WEEKS * WEEK_HOURS);
  const to = from + CHANGE_HOURS;
  const kind = kindOf(random, change);
  const changed = changer(random, change, kind, from);
  let dayFactor = 1;
  const measures = Array.from({ length: SERIES_HOURS }, (_, hour): Measure => {
    if (hour % DAY_HOURS === 0) dayFactor = Math.exp(shape.dayNoise * normal(random));
    const isChanged = change !== null && hour >= from && hour < to;
    const { times, noise, isNight, shift } = isChanged ? changed(hour) : UNCHANGED;
    const traffic =
      shape.level *
      profile(shape, hour + shift, isNight) *
      dayFactor *
      Math.exp(shape.noise * noise * normal(random));
    return measureOf(random, { kind, traffic, times });
  });
  const values = measures.map((measure) =>
    measure.kind === 'time' ? measure.ms : measure.count / Math.max(1, measure.among),
  );
  return { kind, measures, values, change: change === null ? null : { from, to } };
};

const kindOf = (random: Seeded, change: DriftChange | null): SeriesKind => {
  if (change === 'growing latency') return 'p95';
  if (change === 'level shift' || change === null)
    return random.pick(['records', 'failures', 'p95'] as const);
  return 'records';
};

interface Changed {
  readonly times: number;
  readonly noise: number;
  readonly isNight: boolean;
  readonly shift: number;
}

const UNCHANGED: Changed = { times: 1, noise: 1, isNight: true, shift: 0 };

const changer = (
  random: Seeded,
  change: DriftChange | null,
  kind: SeriesKind,
  from: number,
): ((hour: number) => Changed) => {
  const share = (hour: number): number => (hour - from) / CHANGE_HOURS;
  const top = between(random, 1.7, 2.5);
  // Fewer failures and shorter times are no drift that anybody is told of.
  const isDown = kind === 'records' && random.chance(0.4);
  const shift = random.pick([5, 6, 7, 8]) * (random.chance(0.5) ? 1 : -1);
  switch (change) {
    case 'level shift':
      return () => ({ ...UNCHANGED, times: isDown ? 1 / top : top });
    case 'slow ramp':
      return (hour) => ({ ...UNCHANGED, times: (isDown ? 1 / top : top) ** share(hour) });
    case 'growing latency':
      return (hour) => ({ ...UNCHANGED, times: top ** share(hour) });
    case 'changed seasonality':
      return () => ({ ...UNCHANGED, shift });
    case 'variance change':
      return () => ({ ...UNCHANGED, noise: 3 + 2 * top });
    case 'disappearing night dip':
      return () => ({ ...UNCHANGED, isNight: false });
    case null:
      return () => UNCHANGED;
  }
};

/** A day's rise and fall, 1 at its peak; a weekend is lower. */
const profile = ({ night, peakHour, weekend }: Shape, hour: number, isNight: boolean): number => {
  const day = Math.floor(hour / DAY_HOURS) % 7;
  const angle = (2 * Math.PI * (hour - peakHour)) / DAY_HOURS;
  const height = isNight ? ((1 + Math.cos(angle)) / 2) ** 1.3 : 1;
  return (night + (1 - night) * height) * (day >= 5 ? weekend : 1);
};

interface Made {
  readonly kind: SeriesKind;
  readonly traffic: number;
  readonly times: number;
}

const FAILING_SHARE = 0.02;
const P95_MS = 180;
/** Latency follows load a little, and the 95th percentile of few requests is a guess. */
const measureOf = (random: Seeded, { kind, traffic, times }: Made): Measure => {
  switch (kind) {
    case 'p95': {
      const requests = Math.max(1, counted(random, traffic));
      const error = (1.4 / Math.sqrt(requests)) * normal(random);
      const ms = P95_MS * traffic ** 0.1 * times * Math.exp(error + 0.04 * normal(random));
      return { kind: 'time', ms, times: requests };
    }
    case 'failures': {
      const among = Math.max(1, counted(random, traffic));
      const share = FAILING_SHARE * times * Math.exp(0.1 * normal(random));
      return { kind: 'count', count: counted(random, among * share), among };
    }
    case 'records':
    case 'template':
      return { kind: 'count', count: counted(random, traffic * times), among: 1 };
  }
};

const EXACT_MAX = 100;

const counted = (random: Seeded, mean: number): number =>
  mean <= EXACT_MAX
    ? poisson(random, mean)
    : Math.max(0, Math.round(mean + Math.sqrt(mean) * normal(random)));

const uniform = (random: Seeded): number => (random.below(STEPS) + 0.5) / STEPS;

const between = (random: Seeded, from: number, to: number): number =>
  from + (to - from) * uniform(random);

/** Box and Muller, 1958. */
const normal = (random: Seeded): number =>
  Math.sqrt(-2 * Math.log(uniform(random))) * Math.cos(2 * Math.PI * uniform(random));
