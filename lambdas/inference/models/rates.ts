import { RATE_KINDS } from './price-rows.ts';

/** `[above so many input tokens, nano-USD per million tokens]`, ascending; the first starts at 0. */
export type Tiers = readonly (readonly [number, number])[];

/** Nano-USD per million of its unit: the same for any input, or by its size. */
export type Price = number | Tiers;

/** Prices by what is counted, tokens but for `characters` and `seconds`; what is absent has none. */
export interface Rates {
  readonly input?: Price;
  readonly output?: Price;
  readonly cacheRead?: Price;
  readonly cacheWrite5m?: Price;
  readonly cacheWrite1h?: Price;
  readonly audioInput?: Price;
  readonly audioOutput?: Price;
  readonly imageInput?: Price;
  readonly imageOutput?: Price;
  readonly characters?: Price;
  readonly seconds?: Price;
}

export const tiersOf = (price: Price | undefined): Tiers =>
  typeof price === 'number' ? [[0, price]] : (price ?? []);

/** What a model costs in some time; of several that apply the last one counts. */
export interface PricePeriod {
  /** Of calls that begin then or later, epoch ms. */
  readonly fromMs?: number;
  /** Minutes of the UTC day, `[start, end)`. */
  readonly minutes?: readonly [start: number, end: number];
  /** Days of the UTC week, Sunday is 0; absent: all. */
  readonly weekdays?: readonly number[];
  readonly rates: Rates;
}

/** Prices of one model. */
export interface PricedModel {
  readonly provider: string;
  readonly id: string;
  /** Source of a regular expression over the model's name. */
  readonly pattern: string;
  readonly contextTokens?: number;
  readonly prices: readonly PricePeriod[];
}

/** What a kind without a price of its own is billed as. */
const PARENTS = {
  cacheRead: 'input',
  cacheWrite5m: 'input',
  cacheWrite1h: 'cacheWrite5m',
  audioInput: 'input',
  imageInput: 'input',
  audioOutput: 'output',
  imageOutput: 'output',
} as const satisfies Partial<Record<keyof Rates, keyof Rates>>;

/** Those of conversations and recordings, and what is sold by the character. */
const KINDS: readonly (keyof Rates)[] = [...RATE_KINDS, 'characters'];

/** The price of a kind, or its parent's; undefined: it has neither. */
export const priceOfKind = (rates: Rates, kind: keyof Rates): Price | undefined => {
  const parents: Partial<Record<keyof Rates, keyof Rates>> = PARENTS;
  const parent = parents[kind];
  return rates[kind] ?? (parent === undefined ? undefined : priceOfKind(rates, parent));
};

/** Each kind at the dearer of two prices. */
export const dearerRates = (left: Rates, right: Rates): Rates =>
  left === right
    ? left
    : Object.fromEntries(
        KINDS.flatMap((kind) => {
          const [one, other] = [priceOfKind(left, kind), priceOfKind(right, kind)];
          if (one === undefined && other === undefined) return [];
          return [[kind, dearerPrice(one ?? 0, other ?? 0)]];
        }),
      );

/** The dearer of two prices, at any size of the input. */
export const dearerPrice = (left: Price, right: Price): Price => {
  if (typeof left === 'number' && typeof right === 'number') return Math.max(left, right);
  const edges = new Set([...tiersOf(left), ...tiersOf(right)].map(([above]) => above));
  return [...edges]
    .toSorted((one, other) => one - other)
    .map((above) => [above, Math.max(rateAt(left, above + 1), rateAt(right, above + 1))] as const);
};

export const rateAt = (price: Price, inputTokens: number): number =>
  tiersOf(price).findLast(([above]) => inputTokens > above || above === 0)?.[1] ?? 0;
