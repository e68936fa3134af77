import { PRICE_TABLE } from './price-table.generated.ts';
import { familyOf, knownProvider, valueFor, type OutputLimit } from './families.ts';
import { LOCAL_MODEL, OVERRIDES } from './price-overrides.ts';

/** `[above so many input tokens, nano-USD per million tokens]`, ascending; the first starts at 0. */
export type Tiers = readonly (readonly [number, number])[];

/** Nano-USD per million tokens: the same for any input, or by its size. */
export type Price = number | Tiers;

/** Prices by kind of token; a kind that is absent has none. */
export interface Rates {
  readonly input?: Price;
  readonly output?: Price;
  readonly cacheRead?: Price;
  readonly cacheWrite5m?: Price;
  readonly cacheWrite1h?: Price;
  readonly audioInput?: Price;
  readonly audioOutput?: Price;
}

export const tiersOf = (price: Price | undefined): Tiers =>
  typeof price === 'number' ? [[0, price]] : (price ?? []);

/** Prices of one model; of several entries the last one that applies at the time of the call counts. */
export interface PricedModel {
  readonly provider: string;
  readonly id: string;
  /** Source of a regular expression over the model's name. */
  readonly pattern: string;
  readonly contextTokens?: number;
  readonly prices: readonly {
    readonly fromMs?: number;
    /** Minutes of the UTC day, `[start, end)`. */
    readonly minutes?: readonly number[];
    readonly rates: Rates;
  }[];
}

/** A model as a call uses it. */
export interface ModelPrice {
  readonly id: string;
  readonly rates: Rates;
  readonly maxOutputTokens: number;
  /** Output limit of a caller who names none. */
  readonly defaultOutputTokens: number;
  readonly isReasoning: boolean;
}

/** Models that search or browse by themselves: each search has a fee of its own that no token limit bounds. */
const HAS_FEES = /search|deep-research|computer-use/;

/** What a model that no family knows may put out. */
const UNKNOWN_LIMIT: OutputLimit = { maxOutputTokens: 4_096, isReasoning: false };

const MODELS = [...OVERRIDES, ...PRICE_TABLE];
const compiled = new Map<string, RegExp>();

/** null: this model has no price (refused on a capped key). */
export const priceOf = (provider: string, model: string, nowMs: number): ModelPrice | null => {
  const isLocal = knownProvider(provider)?.isLocal === true;
  if (!isLocal && HAS_FEES.test(model)) return null;
  const found = isLocal
    ? LOCAL_MODEL
    : MODELS.find((entry) => entry.provider === provider && patternOf(entry.pattern).test(model));
  if (found === undefined) return null;
  const rates = found.prices.findLast((entry) => applies(entry, nowMs))?.rates;
  if (rates === undefined) return null;
  const limit = valueFor(familyOf(model)?.outputLimits ?? [], model) ?? UNKNOWN_LIMIT;
  const { maxOutputTokens, isReasoning } = limit;
  const defaultOutputTokens = Math.min(maxOutputTokens, isReasoning ? 16_384 : 4_096);
  return { id: found.id, rates, maxOutputTokens, defaultOutputTokens, isReasoning };
};

/** Tokens of a model's window; null: the table does not know it. */
export const contextTokensOf = (provider: string, model: string): number | null =>
  MODELS.find((entry) => entry.provider === provider && patternOf(entry.pattern).test(model))
    ?.contextTokens ?? null;

const applies = (entry: PricedModel['prices'][number], nowMs: number): boolean => {
  if (entry.fromMs !== undefined && nowMs < entry.fromMs) return false;
  const [start, end] = entry.minutes ?? [];
  if (start === undefined || end === undefined) return true;
  const minute = Math.floor(nowMs / 60_000) % 1_440;
  return start <= end ? minute >= start && minute < end : minute >= start || minute < end;
};

const patternOf = (source: string): RegExp => {
  const known = compiled.get(source);
  if (known !== undefined) return known;
  const pattern = new RegExp(source);
  compiled.set(source, pattern);
  return pattern;
};
