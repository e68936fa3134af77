import type { EvaluationRequest } from '../domain/evaluation.ts';
import type { Source } from '../domain/log-record.ts';

/** What one batch adds to the usage of its key. */
export interface Ingested {
  readonly tenant: string;
  readonly keyId: string;
  /** The batch's own hash. */
  readonly hash: string;
  /** When it arrived first. */
  readonly atMs: number;
  readonly nowMs: number;
  /** It was stored before, and so it was counted, unless whoever stored it died before that. */
  readonly isKnown: boolean;
  readonly bytes: number;
  readonly records: number;
  readonly rejected: number;
  readonly bySource: readonly SourceUsage[];
}

export interface SourceUsage {
  readonly source: Source;
  readonly records: number;
  /** Its share of the batch's bytes, by its records. */
  readonly bytes: number;
}

/** Sums of one key, or of one source of it, in one day (UTC). */
export interface IngestDay {
  /** `2026-11-30` */
  readonly day: string;
  readonly keyId: string;
  /** null: all of the key. */
  readonly source: Source | null;
  readonly batches: number;
  readonly bytes: number;
  readonly records: number;
  readonly rejected: number;
}

/** Who sent how much. Throws AppError `storage_unavailable`. */
export interface IngestUsage {
  /** Bytes of the key in the day of `atMs`; it may be a moment old. */
  bytesOfDay(tenant: string, keyId: string, atMs: number): Promise<number>;
  /** Counts a batch once, however often it is reported, and by how many at once. */
  add(ingested: Ingested): Promise<void>;
  /** Days from one to another, both included. */
  days(tenant: string, fromMs: number, toMs: number): Promise<readonly IngestDay[]>;
}

/** Tenants that send: the tick evaluates them. */
export interface ActiveTenants {
  /** Returns when it is known that the tenant sent something lately. */
  seen(tenant: string, nowMs: number): Promise<void>;
  list(): Promise<readonly string[]>;
}

/** Asks for an evaluation of tenants, so many seconds from now. */
export interface Evaluations {
  ask(requests: readonly EvaluationRequest[]): Promise<void>;
}
