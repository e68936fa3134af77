import type { Batch, SignalKind } from '../domain/batch.ts';

/** A batch as it is to be stored. */
export interface NewBlock {
  readonly tenant: string;
  readonly batch: Batch;
  /** When it arrived, by the clock of the function that stores it. */
  readonly stampMs: number;
}

/** What the index of arrivals says of a block. */
export interface BlockHead {
  readonly hash: string;
  readonly kind: SignalKind;
  readonly stampMs: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly records: number;
  /** As it is stored. */
  readonly bytes: number;
  /** As `summaryText` wrote it. */
  readonly summary: string;
}

/** Blocks by their arrival, both ends included. */
export interface ArrivalQuery {
  readonly tenant: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly limit: number;
}

export interface Stored {
  /** It was there already. */
  readonly isKnown: boolean;
  /** When it arrived first. */
  readonly stampMs: number;
}

/** Blocks of telemetry: written once, never changed. Throws AppError `storage_unavailable`. */
export interface BlockStore {
  /** Returns when it is stored for good. */
  put(block: NewBlock): Promise<Stored>;
  /** The block's bytes; null: there is none (any more). */
  read(tenant: string, hash: string): Promise<Uint8Array | null>;
  /** Newest first, `limit` at most; `isCut`: there are older ones within. */
  arrived(
    query: ArrivalQuery,
  ): Promise<{ readonly heads: readonly BlockHead[]; readonly isCut: boolean }>;
  /** As `arrived`, by the time of their last event, which is their stamp: those with an event over an hour older than its arrival. */
  late(
    query: ArrivalQuery,
  ): Promise<{ readonly heads: readonly BlockHead[]; readonly isCut: boolean }>;
}
