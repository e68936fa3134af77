import type { Baseline } from '../correlate/baseline.ts';
import type { LearnRequest } from '../correlate/learn-request.ts';
import type { Line } from '../correlate/calls.ts';
import type { MetricMinute } from '../domain/metric-minute.ts';
import type { Span } from '../domain/span.ts';

export interface TelemetryQuery {
  readonly tenant: string;
  /** Of the events, both included. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** Telemetry of a span of time, as much as may be read at once. */
export interface TelemetryWindow {
  readonly lines: readonly Line[];
  readonly spans: readonly Span[];
  readonly metrics: readonly MetricMinute[];
  /** From here on it is whole; later than asked for when there was more than may be read. */
  readonly wholeFromMs: number;
  readonly isCut: boolean;
}

/** Blocks of a time, opened. Throws AppError `storage_unavailable`. */
export interface Telemetry {
  read(query: TelemetryQuery): Promise<TelemetryWindow>;
}

/** A part of a tenant's baseline as it is stored; version 0: it is not. */
export interface StoredBaseline {
  readonly version: number;
  /** The newest minute that is in it; 0: none. */
  readonly minute: number;
  /** The newest minute that somebody began to learn, in the first part; 0: none. */
  readonly begunMinute: number;
  /** The minute in which it was made to count half; 0: never. */
  readonly fadedMinute: number;
  readonly baseline: Baseline;
}

/** Asks to learn minutes of tenants. */
export interface Learning {
  ask(requests: readonly LearnRequest[]): Promise<void>;
}

/** So many parts has a tenant's baseline, by the name of the service. */
export const BASELINE_PARTS = 8;

/** What is usual for a tenant. Throws AppError `storage_unavailable`. */
export interface BaselineStore {
  /** All parts, by their index. */
  load(tenant: string): Promise<readonly StoredBaseline[]>;
  /** false: somebody else wrote the part since it was loaded, and nothing is written. */
  save(tenant: string, index: number, part: StoredBaseline): Promise<boolean>;
}
