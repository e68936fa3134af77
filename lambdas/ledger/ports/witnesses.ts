import type { HoldWitness } from '../domain/hold.ts';

/** Answers whether a hold was ever used. */
export interface HoldWitnesses {
  /** true: the witness is whole and does not know the hold, so that no provider was asked for it. */
  isUnused(holdId: string, witness: HoldWitness): Promise<boolean>;
}
