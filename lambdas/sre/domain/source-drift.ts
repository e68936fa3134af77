import { latencyQuantileMs, LATENCY_BUCKET_COUNT } from '../../ledger/domain/latency-buckets.ts';
import type { SeriesKind } from '../score/drift/rules.ts';
import type { Measure } from '../score/drift/measure.ts';
import { newSeries, stepSeries, type Drift, type DriftSeries } from '../score/drift/series.ts';
import type { Sensitivity } from '../score/statistics.ts';
import { LINES_MAX, type HourCounts } from './hours.ts';

const QUANTILE = 0.95;
const DAY_HOURS = 24;
const WHOLE_SERIES = ['records', 'failures', 'p95'] as const;
type WholeKind = (typeof WHOLE_SERIES)[number];

/** A kind of line that is followed. */
export interface LineSeries {
  readonly text: string;
  /** Lines an hour over about a day: what is rarest makes room. */
  readonly level: number;
  readonly series: DriftSeries;
}

/** All that is known of a source by the hour of the week. */
export interface SourceDrift {
  /** The last hour that is in it. */
  readonly hour: number;
  readonly series: Readonly<Record<WholeKind, DriftSeries>>;
  /** By `lineKeyOf`. */
  readonly lines: ReadonlyMap<string, LineSeries>;
}

/** A drift, and the line that it is of. */
export interface FoundDrift extends Drift {
  readonly text: string | null;
}

export const newSourceDrift = (): SourceDrift => ({
  hour: 0,
  series: { records: newSeries(), failures: newSeries(), p95: newSeries() },
  lines: new Map(),
});

/**
 * One more hour of a source, and the drift that says most of it; null: there is none. An hour that is in it already changes
 * nothing.
 */
export const stepSource = (
  drift: SourceDrift,
  counts: HourCounts,
  sensitivity: Sensitivity,
): { readonly drift: SourceDrift; readonly found: FoundDrift | null } => {
  const { hour } = counts;
  if (hour <= drift.hour) return { drift, found: null };
  const found: FoundDrift[] = [];
  const step = (
    series: DriftSeries,
    kind: SeriesKind,
    measure: Measure,
    text: string | null = null,
  ): DriftSeries => {
    const next = stepSeries(series, { kind, hour, measure, sensitivity });
    if (next.drift !== null) found.push({ ...next.drift, text });
    return next.series;
  };
  const { records, failures, p95 } = drift.series;
  const series = {
    records: step(records, 'records', countOf(counts.records)),
    failures: step(failures, 'failures', {
      kind: 'count',
      count: counts.failing,
      among: counts.records,
    }),
    p95: step(p95, 'p95', timeOf(counts)),
  };
  const lines = new Map<string, LineSeries>();
  for (const [key, line] of linesOf(drift, counts)) {
    const count = counts.lines.get(key)?.count ?? 0;
    lines.set(key, {
      text: line.text,
      level: line.level + (count - line.level) / DAY_HOURS,
      series: step(line.series, 'template', countOf(count), line.text),
    });
  }
  return { drift: { hour, series, lines }, found: strongestOf(found) };
};

const countOf = (count: number): Measure => ({ kind: 'count', count, among: 1 });

const timeOf = ({ latencies }: HourCounts): Measure => {
  const counts = Array.from(
    { length: LATENCY_BUCKET_COUNT },
    (_, place) => latencies.get(place) ?? 0,
  );
  const times = counts.reduce((sum, count) => sum + count, 0);
  return { kind: 'time', ms: latencyQuantileMs(counts, QUANTILE) ?? 0, times };
};

/** Those that are followed and those that are new, the most frequent of them, as many as there is room for. */
const linesOf = (
  { lines }: SourceDrift,
  counts: HourCounts,
): readonly (readonly [string, LineSeries])[] => {
  const fresh = [...counts.lines].flatMap(([key, { count, text }]) =>
    lines.has(key) || text === null
      ? []
      : [[key, { text, level: count / DAY_HOURS, series: newSeries() }] as const],
  );
  return [...lines, ...fresh]
    .toSorted(([, left], [, right]) => right.level - left.level)
    .slice(0, LINES_MAX);
};

const strongestOf = (found: readonly FoundDrift[]): FoundDrift | null =>
  found.toSorted(
    (left, right) =>
      Number(right.severity === 'medium') - Number(left.severity === 'medium') ||
      Math.abs(right.z) - Math.abs(left.z),
  )[0] ?? null;
