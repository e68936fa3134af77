import type { PricedModel } from './prices.ts';

/** Own contracts and models that the price data lacks: an entry here wins over the table. */
export const OVERRIDES: readonly PricedModel[] = [];

/** A model on the caller's own machine costs nothing. */
export const LOCAL_MODEL: PricedModel = {
  provider: 'ollama',
  id: 'local',
  pattern: '',
  prices: [{ rates: { input: 0, output: 0 } }],
};
