/** One entry of the `holds` map. It carries what an expiry needs to write a whole settlement. */
export interface PackedHold {
  readonly amountNanoUsd: number;
  readonly window: string;
  readonly heldAtMs: number;
  readonly expiresAtMs: number;
  readonly provider: string;
  readonly model: string;
  readonly feature: string | null;
}

/**
 * `amount|heldAt|expiresAt|provider|model|feature`: figures, then percent-encoded words.
 * The window is not inside: the write that takes a hold does not know the key's period;
 * it follows from the period and `heldAt`, which is what that write's condition compared.
 */
export const packHold = (hold: Omit<PackedHold, 'window'>): string =>
  [
    hold.amountNanoUsd,
    hold.heldAtMs,
    hold.expiresAtMs,
    encodeURIComponent(hold.provider),
    encodeURIComponent(hold.model),
    hold.feature === null ? '' : encodeURIComponent(hold.feature),
  ].join('|');

/** Reads a packed hold; `windowOfHeldAt` is the key's own period applied to the time of the hold. */
export const unpackHold = (
  packed: string,
  windowOfHeldAt: (heldAtMs: number) => string,
): PackedHold => {
  const [amount, heldAt, expiresAt, provider, model, feature] = packed.split('|');
  const heldAtMs = Number(heldAt);
  return {
    amountNanoUsd: Number(amount),
    window: windowOfHeldAt(heldAtMs),
    heldAtMs,
    expiresAtMs: Number(expiresAt),
    provider: decodeURIComponent(provider ?? ''),
    model: decodeURIComponent(model ?? ''),
    feature: feature === undefined || feature === '' ? null : decodeURIComponent(feature),
  };
};
