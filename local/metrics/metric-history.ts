import { seriesKey, type Datum, type SeriesName } from './metric-sums.ts';

const MINUTE_MS = 60_000;
const SERIES_MAX = 1_000;
/** Longer than any alarm of the template looks back. */
const MINUTES_KEPT = 60;
/** Of one minute; percentiles are of these. */
const VALUES_MAX = 500;

interface Minute {
  readonly startMs: number;
  count: number;
  sum: number;
  min: number;
  max: number;
  readonly values: number[];
}

/** The last hour of every metric by the minute, for alarms to look back at. */
export class MetricHistory {
  private readonly series = new Map<string, Minute[]>();

  add(datum: Datum, nowMs: number): void {
    const key = seriesKey(datum);
    const minutes = this.series.get(key) ?? [];
    if (minutes.length === 0) {
      if (this.series.size >= SERIES_MAX) return;
      this.series.set(key, minutes);
    }
    for (const value of datum.values) count(minuteOf(minutes, nowMs), value);
  }

  /**
   * The statistic over `[fromMs, toMs)` in whole minutes: Sum, SampleCount, Average, Minimum, Maximum or a percentile
   * like p99. null: nobody reported a figure. An unknown statistic throws.
   */
  statistic(series: SeriesName, statistic: string, fromMs: number, toMs: number): number | null {
    const minutes = (this.series.get(seriesKey(series)) ?? []).filter(
      ({ startMs }) => startMs >= fromMs && startMs < toMs,
    );
    return minutes.length === 0 ? null : reduced(minutes, statistic);
  }
}

const minuteOf = (minutes: Minute[], nowMs: number): Minute => {
  const startMs = Math.floor(nowMs / MINUTE_MS) * MINUTE_MS;
  const last = minutes.at(-1);
  if (last?.startMs === startMs) return last;
  const minute = {
    startMs,
    count: 0,
    sum: 0,
    min: Number.POSITIVE_INFINITY,
    max: Number.NEGATIVE_INFINITY,
    values: [],
  };
  minutes.push(minute);
  if (minutes.length > MINUTES_KEPT) minutes.shift();
  return minute;
};

/** Beyond its room a minute keeps a fair sample. */
const count = (minute: Minute, value: number): void => {
  minute.count += 1;
  minute.sum += value;
  minute.min = Math.min(minute.min, value);
  minute.max = Math.max(minute.max, value);
  const place =
    minute.values.length < VALUES_MAX
      ? minute.values.length
      : Math.floor(Math.random() * minute.count);
  if (place < VALUES_MAX) minute.values[place] = value;
};

const reduced = (minutes: readonly Minute[], statistic: string): number => {
  const total = (figure: (minute: Minute) => number): number =>
    minutes.reduce((sum, minute) => sum + figure(minute), 0);
  switch (statistic) {
    case 'Sum':
      return total(({ sum }) => sum);
    case 'SampleCount':
      return total((minute) => minute.count);
    case 'Average':
      return total(({ sum }) => sum) / total((minute) => minute.count);
    case 'Minimum':
      return Math.min(...minutes.map(({ min }) => min));
    case 'Maximum':
      return Math.max(...minutes.map(({ max }) => max));
    default:
      return percentile(
        minutes.flatMap(({ values }) => values),
        statistic,
      );
  }
};

const percentile = (values: readonly number[], statistic: string): number => {
  const share = Number(/^p(\d+(?:\.\d+)?)$/.exec(statistic)?.[1]) / 100;
  if (Number.isNaN(share))
    throw new Error(`the local runtime does not know the statistic ${statistic}`);
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
};
