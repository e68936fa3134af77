import type { Summary } from './summary.ts';

export type SignalKind = 'logs' | 'traces' | 'metrics';

/** A request of an exporter, read: a block that is stored as it is, and what is known of it without opening it. */
export interface Batch {
  readonly kind: SignalKind;
  /** SHA-256 of the decompressed body, hex: a client's retry is the same batch. */
  readonly hash: string;
  /** Of the decompressed body. */
  readonly bytes: number;
  /** Records, spans or points that are in the block. */
  readonly records: number;
  /** Those that are not. */
  readonly rejected: number;
  /** Why, or what was changed; '' for nothing to say. */
  readonly message: string;
  /** Empty when nothing of the batch is kept. */
  readonly block: Uint8Array;
  readonly summary: Summary;
  /** The earliest and the latest event, epoch ms. */
  readonly fromMs: number;
  readonly toMs: number;
}
