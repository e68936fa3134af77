import { PRICE_SNAPSHOT } from './price-table.generated.ts';

const DAY_MS = 86_400_000;
/** Vendors change a price or bring a model about every month, and the data follows within weeks. */
export const PRICES_OLD_DAYS = 90;

/** How old the prices of this release are. */
export interface PriceAge {
  /** Release of the data. */
  readonly version: string;
  /** The day on which it came out, `2026-09-23`. */
  readonly date: string;
  readonly days: number;
  readonly isOld: boolean;
}

export const priceAge = (nowMs: number): PriceAge => {
  const days = Math.max(0, Math.floor((nowMs - Date.parse(PRICE_SNAPSHOT.date)) / DAY_MS));
  return { ...PRICE_SNAPSHOT, days, isOld: days > PRICES_OLD_DAYS };
};
