/**
 * Money inside Sluice is an integer number of nano-USD (1 USD = 1e9), never a float.
 * A safe integer reaches about $9 million; sums over many items use bigint.
 */
const NANO_USD_PER_USD = 1_000_000_000;

/** The cap of a key that has none: arithmetic and comparison in a condition need a number. */
export const UNCAPPED_NANO_USD = Number.MAX_SAFE_INTEGER;

/** Micro-USD on the wire: rounded up once, from the exact figure. */
export const microsFromNanoUsd = (nanoUsd: number | bigint): number => {
  const exact = BigInt(nanoUsd);
  const quotient = exact / 1_000n;
  return Number(exact % 1_000n > 0n ? quotient + 1n : quotient);
};

/** What may still be spent is rounded down, so that no figure promises more than there is. */
export const microsFloorFromNanoUsd = (nanoUsd: number | bigint): number => {
  const exact = BigInt(nanoUsd);
  const quotient = exact / 1_000n;
  return Number(exact % 1_000n < 0n ? quotient - 1n : quotient);
};

/** Micro-USD as dollars for people, without the zeros at the end beyond cents. */
export const usdText = (micros: number): string =>
  `$${(micros / 1e6).toFixed(6).replace(/0{1,4}$/, '')}`;

/**
 * Nano-USD from dollars as a person types them (3, "2.50").
 * Returns null for anything that is not a finite, non-negative amount of at most 9 decimals within $9 million.
 */
export const nanoUsdFromUsd = (usd: number | string): number | null => {
  const text = typeof usd === 'number' ? decimalText(usd) : usd.trim();
  const match = /^(\d{1,7})(?:\.(\d{1,9}))?$/.exec(text);
  if (match === null) return null;
  const whole = Number(match[1]) * NANO_USD_PER_USD;
  const total = whole + Number((match[2] ?? '').padEnd(9, '0'));
  return total <= 9_000_000 * NANO_USD_PER_USD ? total : null;
};

const decimalText = (value: number): string =>
  Number.isFinite(value) && Math.abs(value) < 1e-6 && value !== 0
    ? value.toFixed(9)
    : String(value);
