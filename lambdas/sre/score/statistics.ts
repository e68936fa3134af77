/**
 * Statistics of one source on buckets of ten seconds. All pure: counts in, judgements out.
 * Version 1 of the rules; a change of a threshold is a new version, since anomalies name it.
 */
export const STATISTICS_VERSION = 1;

/** Buckets that a baseline remembers: an hour. Until then it is a plain average. */
const MEMORY_BUCKETS = 360;
/** A baseline of fewer buckets judges nothing: five minutes. */
const BASELINE_BUCKETS_MIN = 30;
const FAILURES_MIN = 5;

/** Failures a bucket: how many buckets were learned, their mean and variance. */
export interface Baseline {
  readonly buckets: number;
  readonly mean: number;
  readonly variance: number;
}

export const NO_BASELINE: Baseline = { buckets: 0, mean: 0, variance: 0 };

/** One more bucket. Averages by weights that fall exponentially (West 1979), once there are as many as it remembers. */
export const learn = (baseline: Baseline, count: number): Baseline => {
  const buckets = baseline.buckets + 1;
  const gain = Math.max(1 / buckets, 1 / MEMORY_BUCKETS);
  const distance = count - baseline.mean;
  const step = gain * distance;
  return {
    buckets,
    mean: baseline.mean + step,
    variance: (1 - gain) * (baseline.variance + distance * step),
  };
};

export type Sensitivity = 'low' | 'normal' | 'high';

interface Thresholds {
  /** One bucket alone. */
  readonly one: number;
  /** Two of three. */
  readonly two: number;
}

/**
 * z of 2 fires millions of times a day on 5,000 healthy services; these fired never on Poisson traffic, and still see a
 * burst of 30.
 */
const THRESHOLDS: Readonly<Record<Sensitivity, Thresholds>> = {
  low: { one: 10, two: 6 },
  normal: { one: 7, two: 4 },
  high: { one: 5.5, two: 3.5 },
};

/**
 * How far a count is above its baseline, in standard deviations: the difference of Anscombe's transforms, which has
 * variance 1 for any Poisson mean, over the root of the dispersion. https://doi.org/10.1093/biomet/35.3-4.246
 */
export const zOf = (count: number, { mean, variance, buckets }: Baseline): number => {
  const dispersion = mean > 0 ? Math.max(1, variance / mean) : 1;
  const ofTheMean = 1 + 1 / Math.max(1, buckets);
  return (2 * (anscombe(count) - anscombe(mean))) / Math.sqrt(dispersion * ofTheMean);
};

const anscombe = (count: number): number => Math.sqrt(count + 3 / 8);

export interface Burst {
  /** Of the bucket under test. */
  readonly z: number;
  readonly rule: 'one bucket' | 'two of three' | 'two together';
}

/**
 * Judges the last of up to three buckets, oldest first, by a baseline that none of them is in. null: nothing unusual, or
 * too little is known.
 */
export const judgeBuckets = (
  counts: readonly number[],
  baseline: Baseline,
  sensitivity: Sensitivity = 'normal',
): Burst | null => {
  if (baseline.buckets < BASELINE_BUCKETS_MIN) return null;
  const { one, two } = THRESHOLDS[sensitivity];
  const last = counts.at(-1) ?? 0;
  if (last < FAILURES_MIN) return null;
  const z = zOf(last, baseline);
  if (z >= one) return { z, rule: 'one bucket' };
  const high = counts
    .slice(-3)
    .filter((count) => count >= FAILURES_MIN && zOf(count, baseline) >= two);
  if (z >= two && high.length >= 2) return { z, rule: 'two of three' };
  // A burst knows nothing of the clock: on the border of two buckets it is one burst.
  const together = zOf(last + (counts.at(-2) ?? 0), twice(baseline));
  return together >= one ? { z: together, rule: 'two together' } : null;
};

const twice = ({ buckets, mean, variance }: Baseline): Baseline => ({
  buckets,
  mean: 2 * mean,
  variance: 2 * variance,
});

/** What fails of what there is. */
export interface Share {
  readonly total: number;
  readonly failing: number;
}

const RATE_TOTAL_MIN = 20;
const RATE_SHARE_MIN = 0.9;
const RATE_BEFORE_MAX = 0.2;
/** So many records show what the share was before. */
const RATE_BEFORE_TOTAL_MIN = 20;

/** 90 % or more of 20 or more fail, where 20 % or less did before. */
export const isRateBroken = (now: Share, before: Share): boolean =>
  now.total >= RATE_TOTAL_MIN &&
  now.failing >= RATE_SHARE_MIN * now.total &&
  before.total >= RATE_BEFORE_TOTAL_MIN &&
  before.failing <= RATE_BEFORE_MAX * before.total;

/** Sums that forget exponentially: what came within about five minutes, an hour, six hours and a day. */
export interface Burn {
  readonly minutes: Share;
  readonly hour: Share;
  readonly hours: Share;
  readonly day: Share;
  /** Buckets that `day` was learned in. */
  readonly buckets: number;
}

const NOTHING: Share = { total: 0, failing: 0 };
export const NO_BURN: Burn = {
  minutes: NOTHING,
  hour: NOTHING,
  hours: NOTHING,
  day: NOTHING,
  buckets: 0,
};

const BUCKETS = { minutes: 30, hour: 360, hours: 2_160, day: 8_640 };
/** What may fail where less than that does: one in a thousand. */
const BUDGET_MIN = 0.001;
const BURN_FAILURES_MIN = 20;

/**
 * One more bucket. `day` is what is usual: it stands still while `isFrozen`, and learns the share of the last six hours,
 * which one failure hardly moves, as at most twice as bad as usual: a burn of hours must not pass for it.
 */
export const burnOn = (burn: Burn, bucket: Share, isFrozen: boolean): Burn => {
  const hours = fade(burn.hours, bucket, BUCKETS.hours);
  return {
    minutes: fade(burn.minutes, bucket, BUCKETS.minutes),
    hour: fade(burn.hour, bucket, BUCKETS.hour),
    hours,
    day: isFrozen ? burn.day : fade(burn.day, asUsual(burn, bucket, hours), BUCKETS.day),
    buckets: isFrozen ? burn.buckets : burn.buckets + 1,
  };
};

const USUAL_TIMES_MAX = 2;

const asUsual = (burn: Burn, bucket: Share, hours: Share): Share =>
  burn.buckets < BUCKETS.hours
    ? bucket
    : {
        total: bucket.total,
        failing: bucket.total * Math.min(shareOf(hours), USUAL_TIMES_MAX * usualShare(burn)),
      };

const usualShare = ({ day }: Burn): number => Math.max(BUDGET_MIN, shareOf(day));

const fade = (sum: Share, { total, failing }: Share, buckets: number): Share => ({
  total: sum.total * (1 - 1 / buckets) + total,
  failing: sum.failing * (1 - 1 / buckets) + failing,
});

export interface SlowBurn {
  readonly rule: '14x over 1 h' | '6x over 6 h';
  /** How many times faster than usual. */
  readonly times: number;
}

/**
 * Failures that are too few for a bucket and too many for a day: 14 times the usual share over an hour, or 6 times over
 * six, while the last minutes burn as fast. https://sre.google/workbook/alerting-on-slos/
 * What is usual is known after six hours.
 */
export const slowBurn = (burn: Burn): SlowBurn | null => {
  if (burn.buckets < BUCKETS.hours) return null;
  const usual = usualShare(burn);
  const burns = (window: Share, times: number): boolean =>
    window.failing >= BURN_FAILURES_MIN &&
    shareOf(window) >= times * usual &&
    shareOf(burn.minutes) >= times * usual;
  if (burns(burn.hour, 14)) return { rule: '14x over 1 h', times: shareOf(burn.hour) / usual };
  if (burns(burn.hours, 6)) return { rule: '6x over 6 h', times: shareOf(burn.hours) / usual };
  return null;
};

const shareOf = ({ total, failing }: Share): number => (total > 0 ? failing / total : 0);

const SILENT_RECORDS_MIN = 5;
const SILENT_BUCKETS_MIN = 3;
export const SILENT_HISTORY_BUCKETS = 30;

/**
 * Whether a source that spoke steadily does not any more: the median of its buckets was five records or more, and
 * nothing arrived for three buckets, or for twice as long as its exporter usually takes between batches.
 */
export const isSilent = ({
  median,
  emptyBuckets,
  usualGapBuckets,
}: {
  readonly median: number;
  readonly emptyBuckets: number;
  readonly usualGapBuckets: number;
}): boolean =>
  median >= SILENT_RECORDS_MIN &&
  emptyBuckets >= Math.max(SILENT_BUCKETS_MIN, Math.ceil(2 * usualGapBuckets));

export const medianOf = (counts: readonly number[]): number =>
  counts.toSorted((left, right) => left - right)[Math.floor(counts.length / 2)] ?? 0;
