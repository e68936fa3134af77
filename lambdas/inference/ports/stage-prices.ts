import type { KeptSetting } from '../../ledger/ports/settings.ts';
import type { OwnPrice, PriceBook } from '../models/own-prices.ts';

/** What the stage's models cost. A call asks once, before it is held, and keeps the answer until it is settled. */
export interface StagePrices {
  /** At most `STAGE_PRICES_AGE_MAX_MS` old. Throws AppError `storage_unavailable`. */
  book(): Promise<PriceBook>;
}

/** An operator's prices as they were read, with what a change of them must name. */
export interface ReadPrices {
  readonly prices: readonly OwnPrice[];
  readonly seen: KeptSetting | null;
}

export interface PriceChange extends ReadPrices {
  /** Which of them changed. */
  readonly price: OwnPrice;
  readonly action: 'created' | 'changed' | 'removed';
  readonly byKeyId: string;
  readonly atMs: number;
}

/** The prices that the stage's operator set. */
export interface OwnPriceStore {
  read(): Promise<ReadPrices>;
  /** false: somebody changed them since they were seen. */
  write(change: PriceChange): Promise<boolean>;
}
