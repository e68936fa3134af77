import type { Source } from './log-record.ts';

/** What is kept of metrics: it adds to the causes that correlation names. */
export const METRIC_KINDS = ['cpu', 'memory', 'requests'] as const;

export type MetricKind = (typeof METRIC_KINDS)[number];

/** Points of one metric of one source in one minute. */
export interface MetricMinute {
  readonly source: Source;
  /** Whole minutes since 1970, by the time of the points. */
  readonly minute: number;
  readonly kind: MetricKind;
  /** As the sender calls it. */
  readonly name: string;
  readonly unit: string;
  /** A sum counts from the start of its process (cumulative), since the last point (delta), or is a level (gauge). */
  readonly counts: 'level' | 'cumulative' | 'delta';
  readonly points: number;
  readonly sum: number;
  readonly max: number;
  /** Of the newest point. */
  readonly last: number;
}
