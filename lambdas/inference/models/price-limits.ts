/** How long an instance goes by the own prices that it read. */
export const STAGE_PRICES_AGE_MAX_MS = 60_000;
/**
 * How long before it holds a price must be written: every instance knows it then, so that no two price the same moment
 * otherwise. The margin is for a clock that is off and a read that is slow.
 */
export const PRICE_LEAD_MIN_MS = STAGE_PRICES_AGE_MAX_MS + 30_000;
export const PRICE_LEAD_MAX_MS = 400 * 86_400_000;
/** Calls that began under a price are settled long before. */
export const PRICE_KEPT_MS = 86_400_000;
export const OWN_PRICES_MAX = 200;
export const PRICE_PERIODS_MAX = 20;
/** Half again as dear as a list's dearest, as far as a factor may go. */
export const PERCENT_OF_LIST_MAX = 1_000;
