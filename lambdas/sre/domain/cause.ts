import type { Source } from './log-record.ts';

/** From this confidence on a root is named: below it the evidence fits too many. */
export const CONFIDENCE_MIN = 2;

/** From here on no usual window of the recordings with labels names a cause. */
export const CONFIDENCE_HIGH = 4;

/** How sure a root that is named is, as people read it: the figure alone has no upper end. */
export const confidenceText = (confidence: number): string =>
  confidence >= CONFIDENCE_HIGH
    ? `high confidence, ${confidence.toFixed(1)}`
    : `medium confidence, ${confidence.toFixed(1)}: it is high from ${CONFIDENCE_HIGH} on`;

/** A service that may be the root, and what speaks for it. */
export interface Suspect {
  readonly source: Source;
  /** Comparable within one cause; the highest is the cause's confidence. */
  readonly score: number;
  /** Short sentences, the strongest first. */
  readonly because: readonly string[];
}

/** Something that happened, as a timeline shows it. */
export interface Moment {
  readonly atMs: number;
  /** null: of the whole tenant. */
  readonly source: Source | null;
  readonly what: string;
}

/** What telemetry shows of the root of several anomalies; no model has a part in it. */
export interface Cause {
  /** null: nothing is sure enough, and `gaps` says what is missing. */
  readonly root: Source | null;
  readonly confidence: number;
  /** The most suspect first, five at most. */
  readonly suspects: readonly Suspect[];
  /** The line of the root that shows it; null: there is none. */
  readonly template: { readonly id: string; readonly text: string } | null;
  /** Ids of records that show it, five at most. */
  readonly samples: readonly string[];
  /** From the root to the service that people see. */
  readonly chain: readonly Source[];
  /** Services that deviate, and those that call them. */
  readonly affected: readonly Source[];
  /** In the order of time. */
  readonly timeline: readonly Moment[];
  /** What would have to be known to be surer, a sentence each. */
  readonly gaps: readonly string[];
}
