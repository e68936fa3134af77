/** Small sums need their digits, large ones do not. */
export const usd = (micros: number): string =>
  `$${(micros / 1e6).toFixed(micros < 10_000 && micros > 0 ? 6 : 2)}`;
