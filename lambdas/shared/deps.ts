import type { MetricDimension, MetricName } from './metric-names.ts';

/** A clock, so that time is an argument and tests own it. */
export interface Clock {
  nowMs(): number;
}

/** Time, as an argument: tests own it. */
export interface Timers {
  nowMs(): number;
  /** Resolves after so many milliseconds, or at once when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Figures for the operator, sent at once. Never throws: a metric that is lost fails nothing. */
export interface Metrics {
  /** `by` splits the figures, which count in the total too; `facts` are for whoever reads the line. */
  record(
    figures: Partial<Readonly<Record<MetricName, number>>>,
    about?: {
      readonly by?: Partial<Readonly<Record<MetricDimension, string>>>;
      readonly facts?: Readonly<Record<string, string>>;
    },
  ): void;
}

/** Writes one log line about what failed. Never throws. */
export type Report = (message: string, error: unknown) => void;
