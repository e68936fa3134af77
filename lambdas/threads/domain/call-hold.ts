/** Money held for the call at hand, so that whoever finds its run or its job can settle it. */
export interface CallHold {
  readonly holdId: string;
  readonly keyId: string;
  readonly window: string;
  readonly amountNanoUsd: number;
  readonly heldAtMs: number;
  readonly expiresAtMs: number;
  readonly provider: string;
  readonly model: string;
}

type HeldMoney = Omit<CallHold, 'provider' | 'model'>;

/** What is stored of a hold of the ledger. */
export const heldMoney = ({
  holdId,
  keyId,
  window,
  amountNanoUsd,
  heldAtMs,
  expiresAtMs,
}: HeldMoney): HeldMoney => ({ holdId, keyId, window, amountNanoUsd, heldAtMs, expiresAtMs });

/** A stored hold for the ledger. Minutes of `rate` that this settle could remove are left to the next one. */
export const ledgerHold = (hold: HeldMoney) => ({ ...heldMoney(hold), staleMinutes: [] });
