/** One entry of the `holds` map. It carries what an expiry needs to write a whole settlement. */
export interface PackedHold {
  readonly amountNanoUsd: number;
  /** null: the write that took the hold did not know the key's period; it follows from the period and `heldAtMs`. */
  readonly window: string | null;
  readonly heldAtMs: number;
  readonly expiresAtMs: number;
  readonly provider: string;
  readonly model: string;
  readonly feature: string | null;
  readonly witness: HoldWitness | null;
}

/** The item that names a hold before its call is made. Without it there, or with another hold in it, no call was made. */
export interface HoldWitness {
  readonly pk: string;
  readonly sk: string;
}

/** `amount|heldAt|expiresAt|window|provider|model|feature`, and `|pk|sk` of a witness; the words are percent-encoded. */
export const packHold = (hold: PackedHold): string =>
  [
    hold.amountNanoUsd,
    hold.heldAtMs,
    hold.expiresAtMs,
    hold.window ?? '',
    encodeURIComponent(hold.provider),
    encodeURIComponent(hold.model),
    encodeURIComponent(hold.feature ?? ''),
    ...(hold.witness === null ? [] : [hold.witness.pk, hold.witness.sk]),
  ].join('|');

export const unpackHold = (packed: string): PackedHold => {
  const [amount, heldAt, expiresAt, window, provider, model, feature, pk, sk] = packed.split('|');
  return {
    amountNanoUsd: Number(amount),
    window: blankAsNull(window),
    heldAtMs: Number(heldAt),
    expiresAtMs: Number(expiresAt),
    provider: decodeURIComponent(provider ?? ''),
    model: decodeURIComponent(model ?? ''),
    feature: blankAsNull(decodeURIComponent(feature ?? '')),
    witness: pk === undefined || sk === undefined ? null : { pk, sk },
  };
};

/** The thread of the run that names a hold, whose partition ends in it; null: it is of none. */
export const threadIdOf = (witness: HoldWitness | null): string | null => {
  const [, thread] = /#T#([^#]+)$/.exec(witness?.pk ?? '') ?? [];
  return thread === undefined ? null : decodeURIComponent(thread);
};

const blankAsNull = (text: string | undefined): string | null =>
  text === undefined || text === '' ? null : text;
