import type { AnomalyChange } from '../domain/conclude.ts';
import type { Anomaly } from '../domain/anomaly.ts';
import type { Source } from '../domain/log-record.ts';
import type { Part } from '../domain/part.ts';
import type { SourceDrift } from '../domain/source-drift.ts';
import type { StampedSummary } from '../domain/summary.ts';

/** Summaries of a tenant's blocks in the order of their arrival. */
export interface SummaryLog {
  /** An index may lag a moment: what is missing now may be there later. */
  read(range: SummaryRange): Promise<SummaryPage>;
}

export interface SummaryRange {
  readonly tenant: string;
  /** Those that arrived from here on, the oldest first. */
  readonly fromMs: number;
  /** About so many of those that arrived after `freshMs`, and all before it: a reader gets on, whatever it reads again. */
  readonly freshMs: number;
  readonly limit: number;
}

export interface SummaryPage {
  readonly blocks: readonly StampedSummary[];
  /** There is more after them: the page is whole up to here. null: it is whole. */
  readonly untilMs: number | null;
}

/** A part as it is stored; version 0: it is not. */
export interface StoredPart {
  readonly version: number;
  readonly part: Part;
}

/**
 * The windows of tenants. A part and the anomalies that its fold found are written as one: nothing is announced that was
 * not written, and nothing written stays unannounced.
 */
export interface WindowStore {
  /** Every part that is there, by its index. */
  load(tenant: string): Promise<ReadonlyMap<number, StoredPart>>;
  /**
   * What is known of sources of a part by the hour of the week, by their names. Read after the part: then it is as new as
   * the part is, or the commit fails.
   */
  drifts(
    tenant: string,
    index: number,
    sources: readonly Source[],
  ): Promise<ReadonlyMap<string, SourceDrift>>;
  /** false: somebody else wrote the part since it was loaded, and nothing is written. */
  commit(commit: PartCommit): Promise<boolean>;
}

export interface PartCommit {
  readonly tenant: string;
  readonly index: number;
  /** The version that was loaded. */
  readonly version: number;
  readonly part: Part;
  /** Of more than `CHANGES_A_COMMIT_MAX` the others are written just before the part. */
  readonly changes: readonly AnomalyChange[];
  /** What was learned of sources in this very fold, thirty at most; absent: nothing was. */
  readonly drifts?: readonly { readonly source: Source; readonly drift: SourceDrift }[];
}

/** A transaction has at most 100 writes. */
export const CHANGES_A_COMMIT_MAX = 60;

export interface AnomalyQuery {
  readonly tenant: string;
  /** Begun within, both included. */
  readonly fromMs: number;
  readonly toMs: number;
  /** The id after which to continue; null: from the newest. */
  readonly before: string | null;
  readonly limit: number;
}

/** Anomalies as people read them. */
export interface AnomalyBook {
  /** Puts it unless it is there. true: it is new. */
  put(anomaly: Anomaly): Promise<boolean>;
  get(tenant: string, id: string): Promise<Anomaly | null>;
  /** Newest first; `next` is the id to continue after, null at the end. */
  list(
    query: AnomalyQuery,
  ): Promise<{ readonly anomalies: readonly Anomaly[]; readonly next: string | null }>;
}
