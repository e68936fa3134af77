import type { Clock } from '../../shared/deps.ts';
import { bookOf, type PriceBook } from '../models/own-prices.ts';
import { STAGE_PRICES_AGE_MAX_MS } from '../models/price-limits.ts';
import type { OwnPriceStore, StagePrices } from '../ports/stage-prices.ts';

interface CachedPricesDeps {
  readonly store: Pick<OwnPriceStore, 'read'>;
  readonly clock: Clock;
}

/**
 * The stage's prices, read strongly once a minute by each instance, by the first call that needs them. A read that fails
 * leaves no older prices in force: whoever cannot read them can hold nothing either, for it is the same table.
 */
export const cachedStagePrices = ({ store, clock }: CachedPricesDeps): StagePrices => {
  let kept: { readonly book: PriceBook; readonly untilMs: number } | null = null;
  let reading: Promise<PriceBook> | null = null;
  const read = async (): Promise<PriceBook> => {
    // As old as the begin of the read.
    const untilMs = clock.nowMs() + STAGE_PRICES_AGE_MAX_MS;
    try {
      const book = bookOf((await store.read()).prices);
      kept = { book, untilMs };
      return book;
    } finally {
      reading = null;
    }
  };
  return {
    book: async () => {
      if (kept !== null && clock.nowMs() < kept.untilMs) return kept.book;
      reading ??= read();
      return await reading;
    },
  };
};
