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

/** One request to somebody else's system. */
export interface OnceRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  /** null: none. */
  readonly body: string | null;
}

/** What came of it. */
export type OnceAnswer =
  | {
      readonly kind: 'answered';
      readonly status: number;
      /** Lower-case names. */
      readonly headers: Readonly<Record<string, string>>;
      readonly text: string;
    }
  /** Nobody there received it: no name, no connection, no certificate that holds. */
  | { readonly kind: 'unsent'; readonly reason: string }
  /** It may have been received: the connection broke, or the time was over. */
  | { readonly kind: 'lost'; readonly reason: string }
  /** The address is one that nothing is sent to. */
  | { readonly kind: 'refused'; readonly reason: string };

/** Never throws, and repeats nothing. */
export type SendOnce = (request: OnceRequest) => Promise<OnceAnswer>;
