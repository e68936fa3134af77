import { LOCAL_MODEL } from './price-overrides.ts';
import { namePattern } from './price-rows.ts';
import { factorOfBasisPoints, scaledRates, type OwnTiers } from './price-terms.ts';
import { hasFees, limitedPrice, priceOf, type ModelPrice } from './prices.ts';
import type { Rates } from './rates.ts';
import { routeModel, type Route } from './route-model.ts';

/** What a model costs by its operator's word: rates of his own, the list's by a factor, or nothing. */
export type OwnTerms =
  | { readonly kind: 'rates'; readonly rates: Rates; readonly tiers?: OwnTiers }
  /** Of the list's prices so many in ten thousand: 8,000 is a discount of a fifth. */
  | { readonly kind: 'share'; readonly basisPoints: number; readonly tiers?: OwnTiers }
  | { readonly kind: 'free' };

/** From when on; `terms` null: the list's price again. Of calls that begin then or later, as with every price that has a date. */
export interface OwnPeriod {
  readonly fromMs: number;
  readonly terms: OwnTerms | null;
}

/** What a stage's operator pays for a model, in the order of time. `model` as callers name it; `*` at its end: all that begin so. */
export interface OwnPrice {
  readonly model: string;
  readonly periods: readonly OwnPeriod[];
}

interface BookEntry {
  readonly name: string;
  readonly provider: string;
  /** How much of a model's name it knows; null: it is the price of another one. */
  readonly fit: (model: string) => number | null;
  readonly periods: readonly OwnPeriod[];
}

/** Prices of a stage: its operator's own, and the release's list for everything else. */
export interface PriceBook {
  readonly own: readonly BookEntry[];
}
export const LIST_PRICES: PriceBook = { own: [] };

/** What is no name of a model is left out. */
export const bookOf = (prices: readonly OwnPrice[]): PriceBook => ({
  own: prices.flatMap(({ model, periods }) => {
    const route = ownRoute(model);
    return route === null
      ? []
      : [{ name: model, provider: route.provider, fit: fitOf(route), periods }];
  }),
});

/** Whole names that have a price of their own at a time. */
export const namesIn = ({ own }: PriceBook, atMs: number): readonly string[] =>
  own
    .filter(({ name, periods }) => !name.endsWith('*') && termsAt(periods, atMs) !== null)
    .map(({ name }) => name);

/** Which models an operator's name is of, its star included; null: nobody's. */
export const ownRoute = (name: string): Route | null => {
  if (!name.endsWith('*')) return routeModel(name);
  // A name that begins so, to see whose it is.
  const route = routeModel(name.replace(/\*$/, '-'));
  return route === null ? null : { ...route, model: route.model.replace(/-$/, '*') };
};

/** A name is its model's, and that with its date; it goes before every beginning of one, and a longer before a shorter. */
const fitOf = ({ model: name }: Route): BookEntry['fit'] => {
  if (!name.endsWith('*')) {
    const pattern = namePattern(name);
    return (model) => (pattern.test(model) ? Infinity : null);
  }
  const beginning = name.slice(0, -1);
  return (model) => (model.startsWith(beginning) ? beginning.length : null);
};

/** null: this model has no price. Of a call that runs, its dearest until `untilMs`. */
export const priceIn = (
  { own }: PriceBook,
  { provider, model }: Route,
  fromMs: number,
  untilMs = fromMs,
): ModelPrice | null => {
  const terms = ownTermsOf(own, { provider, model }, fromMs);
  switch (terms?.kind) {
    case undefined:
      return priceOf(provider, model, fromMs, untilMs);
    case 'rates':
      return hasFees(provider, model)
        ? null
        : { ...limitedPrice(model, model, terms.rates), ...tiersOf(terms) };
    case 'free':
      return hasFees(provider, model) ? null : limitedPrice(model, model, FREE);
    case 'share': {
      const list = priceOf(provider, model, fromMs, untilMs);
      if (list === null) return null;
      const rates = scaledRates(list.rates, factorOfBasisPoints(terms.basisPoints));
      return { ...list, rates, ...tiersOf(terms) };
    }
  }
};

const tiersOf = ({ tiers }: { readonly tiers?: OwnTiers }): Pick<ModelPrice, 'ownTiers'> =>
  tiers === undefined ? {} : { ownTiers: tiers };

const FREE: Rates = LOCAL_MODEL.prices[0]?.rates ?? {};

/** Whose time has not come, or is over, counts as none. */
const ownTermsOf = (
  own: readonly BookEntry[],
  { provider, model }: Route,
  fromMs: number,
): OwnTerms | null => {
  let best = -1;
  let found: OwnTerms | null = null;
  for (const entry of own) {
    if (entry.provider !== provider) continue;
    const fit = entry.fit(model) ?? -1;
    if (fit <= best) continue;
    const terms = termsAt(entry.periods, fromMs);
    if (terms !== null) [best, found] = [fit, terms];
  }
  return found;
};

const termsAt = (periods: readonly OwnPeriod[], atMs: number): OwnTerms | null =>
  periods.findLast(({ fromMs }) => fromMs <= atMs)?.terms ?? null;
