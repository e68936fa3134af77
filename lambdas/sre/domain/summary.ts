import type { Source } from './log-record.ts';
import { ERROR, FATAL, IMMEDIATE_GROUPS, WARN, type SignalGroup } from './signal.ts';

export const BUCKET_MS = 10_000;
export const SHAPES_A_SOURCE_MAX = 8;
export const SHAPES_A_SUMMARY_MAX = 64;
export const SHAPE_TEXT_CHARACTERS_MAX = 240;
export const SAMPLES_A_SHAPE_MAX = 3;
/** Entries of one summary; what is beyond them counts for `OTHER`. A summary is stored twice, table and index. */
export const ENTRIES_A_SUMMARY_MAX = 400;

/** What counts for those that there is no room for. */
export const OTHER: Source = { environment: '', namespace: '', service: 'other' };

/** A kind of line of WARN and above, or of a strong signal. Stateless: nothing of it depends on another batch. */
export interface Shape {
  /** Masked, one line, cut at its limit: what the template miner reads. */
  readonly text: string;
  readonly count: number;
  /** The highest of its records. */
  readonly severity: number;
  /** Each group once; thousandths. */
  readonly signals: readonly { readonly group: SignalGroup; readonly weight: number }[];
  readonly exceptionType: string | null;
  /** Frames of the deepest stack; 0: none. */
  readonly frames: number;
  /** Indexes of records in the block. */
  readonly samples: readonly number[];
}

/** Counts of one source in one bucket of ten seconds, by the time of the event. */
export interface Entry {
  readonly source: Source;
  /** Whole buckets since 1970. */
  readonly bucket: number;
  readonly records: number;
  /** Of those, by `failureOf`. The three exclude each other. */
  readonly failing: number;
  readonly clientFaults: number;
  readonly authFaults: number;
  /** Records with an HTTP status. */
  readonly requests: number;
  /** Failing ones by their status; a status below 500 but 429 is not here. */
  readonly statuses: Readonly<Record<string, number>>;
  /** The highest of all records. */
  readonly severity: number;
  /** Requests by the bucket of their latency (`latencyBucket` of the ledger): index and count. */
  readonly latencies: readonly (readonly [number, number])[];
  readonly shapes: readonly Shape[];
}

/**
 * All that windows need of a block: `in/` makes it once, with the block, `summaryText` stores it, and it never changes.
 * Counts simply add: one entry a source and bucket.
 */
export type Summary = readonly Entry[];

/** A summary as the log of them shows it. */
export interface StampedSummary {
  /** The block's hash. */
  readonly block: string;
  /** When it arrived, by the clock of the function that stored it. */
  readonly stampMs: number;
  readonly summary: Summary;
}

export const bucketOf = (timeMs: number): number => Math.floor(timeMs / BUCKET_MS);

/** Whose fault a record is. */
export type Failure = 'none' | 'failing' | 'client' | 'auth';

interface Judged {
  readonly severity: number;
  readonly status: number | null;
  readonly hasSignal: boolean;
  /** A strong one of an immediate group. */
  readonly isImmediate: boolean;
}

/**
 * A record fails when its status says so, from ERROR up, or from WARN up with a signal. What a client did wrong is not
 * a failure of the service, at any severity that a framework logs it with.
 */
export const failureOf = ({ severity, status, hasSignal, isImmediate }: Judged): Failure => {
  if (isImmediate && severity >= WARN) return 'failing';
  if (severity >= FATAL) return 'failing';
  if (status !== null && status >= 500) return 'failing';
  if (status === 401 || status === 403) return 'auth';
  if (status === 408 || status === 429) return 'failing';
  if (status !== null && status >= 400) return 'client';
  return severity >= ERROR || (severity >= WARN && hasSignal) ? 'failing' : 'none';
};

export const isImmediate = (shape: Shape): boolean =>
  shape.severity >= WARN && shape.signals.some(({ group }) => IMMEDIATE_GROUPS.includes(group));

/** A hot block is evaluated at once. */
export const isHot = (summary: Summary): boolean =>
  summary.some(({ shapes }) => shapes.some(isImmediate));

export const recordId = (block: string, index: number): string => `${block}#${index}`;

/** One text a source, whatever it is called. */
export const sourceName = ({ environment, namespace, service }: Source): string =>
  `${environment.length}:${namespace.length}:${environment}${namespace}${service}`;
