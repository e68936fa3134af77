import type { OwnTiers } from './price-terms.ts';
import type { Rates } from './rates.ts';
import { PRICE_TABLE } from './price-table.generated.ts';
import { factOf, type OutputLimit } from './families.ts';
import { knownProvider } from './providers.ts';
import { LOCAL_MODEL, OVERRIDES } from './price-overrides.ts';
import { ratesDuring } from './price-times.ts';
import { UNIT_PRICES } from './price-units.ts';

/** A model as a call uses it. */
export interface ModelPrice {
  readonly id: string;
  readonly rates: Rates;
  readonly maxOutputTokens: number;
  /** Output limit of a caller who names none. */
  readonly defaultOutputTokens: number;
  readonly isReasoning: boolean;
  /** What its operator says of tiers of service. */
  readonly ownTiers?: OwnTiers;
}

/** Models that search or browse by themselves: each search has a fee of its own that no token limit bounds. */
const HAS_FEES = /search|deep-research|computer-use/;

/** What a model that no family knows may put out. */
const UNKNOWN_LIMIT: OutputLimit = { maxOutputTokens: 4_096, isReasoning: false };

const MODELS = [...OVERRIDES, ...UNIT_PRICES, ...PRICE_TABLE];
const compiled = new Map<string, RegExp>();

/** null: this model has no price (refused on a capped key). Of a call that runs, its dearest until `untilMs`. */
export const priceOf = (
  provider: string,
  model: string,
  fromMs: number,
  untilMs = fromMs,
): ModelPrice | null => {
  if (hasFees(provider, model)) return null;
  const found = isLocal(provider)
    ? LOCAL_MODEL
    : MODELS.find((entry) => entry.provider === provider && patternOf(entry.pattern).test(model));
  if (found === undefined) return null;
  const rates = ratesDuring(found.prices, fromMs, untilMs);
  if (rates === null) return null;
  return limitedPrice(found.id, model, rates);
};

const isLocal = (provider: string): boolean => knownProvider(provider)?.isLocal === true;

/** Whether a model searches or browses by itself. */
export const hasFees = (provider: string, model: string): boolean =>
  !isLocal(provider) && HAS_FEES.test(model);

/** Rates with what the model may put out. */
export const limitedPrice = (id: string, model: string, rates: Rates): ModelPrice => {
  const limit = factOf(model, ({ outputLimits }) => outputLimits) ?? UNKNOWN_LIMIT;
  const { maxOutputTokens, isReasoning } = limit;
  const defaultOutputTokens = Math.min(maxOutputTokens, isReasoning ? 16_384 : 4_096);
  return { id, rates, maxOutputTokens, defaultOutputTokens, isReasoning };
};

/** Tokens of a model's window; null: the table does not know it. */
export const contextTokensOf = (provider: string, model: string): number | null =>
  MODELS.find((entry) => entry.provider === provider && patternOf(entry.pattern).test(model))
    ?.contextTokens ?? null;

const patternOf = (source: string): RegExp => {
  const known = compiled.get(source);
  if (known !== undefined) return known;
  const pattern = new RegExp(source);
  compiled.set(source, pattern);
  return pattern;
};
