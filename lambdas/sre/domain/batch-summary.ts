import type { Source } from './log-record.ts';

/** Windows count in buckets of so much event time. */
export const BUCKET_MS = 10_000;

/** From here on a record is a failure: ERROR. */
export const FAILING_SEVERITY_MIN = 17;

/** From here on a record's shape is kept in the summary: WARN. */
export const SHAPE_SEVERITY_MIN = 13;

/** How many shapes a source and bucket keep: the most severe, then the most frequent. */
export const SHAPES_MAX = 8;

/** Records of WARN and above that read the same but for their variables. */
export interface ShapeCount {
  /** Of the masked text, without state: the same text has the same hash in every batch. 32 bits, unsigned. */
  readonly hash: number;
  readonly count: number;
  /** The highest of them. */
  readonly severity: number;
  /** Of one of them in its block: record id is `<hash of the block>#<index>`. */
  readonly index: number;
}

/** What one batch adds to one source in one bucket. All counts simply add. */
export interface SummaryEntry {
  readonly source: Source;
  /** Whole part of event time / BUCKET_MS. */
  readonly bucket: number;
  readonly total: number;
  /** ERROR and above, or a request that was answered with 5xx. */
  readonly failing: number;
  /** Records that tell of a request. */
  readonly requests: number;
  /** Requests answered with 400, 404, 409 or 422. */
  readonly clientFault: number;
  /** Requests answered with 401 or 403. */
  readonly authFault: number;
  /** One bit a group of signals, as the scorer numbers them. */
  readonly signals: number;
  readonly shapes: readonly ShapeCount[];
}

/** Stored beside a block, and never changed: windows are a fold over these. */
export interface BatchSummary {
  readonly entries: readonly SummaryEntry[];
  /** A strong signal is in the batch: it is evaluated at once. */
  readonly isHot: boolean;
}
