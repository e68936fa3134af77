import { totalOf, type Bill, type Pass, type Terms } from './bill.ts';
import { costFemtoUsd, nanoFromFemtoUsd } from './cost.ts';
import { ratesServed, SEARCH_NANO_USD } from './price-terms.ts';
import type { ModelPrice } from './prices.ts';
import type { Route } from './route-model.ts';

const FEMTO_A_NANO = 1_000_000n;

/** What a model of the asked provider costs in a call; null: it has no price. */
export type PriceOfName = (model: string) => ModelPrice | null;

/**
 * What a bill costs, nano-USD, rounded up once: each pass at the price of its own model and by its own tier of input,
 * then what is paid by the search. What has no price costs nothing.
 */
export const billNanoUsd = (route: Route, priceOf: PriceOfName, bill: Bill): number => {
  let femto = 0n;
  for (const pass of bill.passes) femto += passFemtoUsd(route, priceOf, pass, bill.terms);
  const fees = BigInt(totalOf(bill).searches) * BigInt(SEARCH_NANO_USD) * FEMTO_A_NANO;
  return nanoFromFemtoUsd(femto + fees);
};

/**
 * A pass that names its model is of that model. The name beside a whole answer is a label that relays write as they
 * like: it may make the answer dearer than what was asked for (another model stood in), never cheaper.
 */
const passFemtoUsd = (
  { provider, model }: Route,
  priceOf: PriceOfName,
  pass: Pass,
  terms: Terms,
): bigint => {
  const costAs = (name: string): bigint | null => {
    const price = priceOf(name);
    if (price === null) return null;
    return costFemtoUsd(
      ratesServed(provider, name, price.rates, terms, price.ownTiers),
      pass.tokens,
    );
  };
  const asked = costAs(model);
  if (pass.model !== null) return costAs(pass.model) ?? asked ?? 0n;
  const told = terms.model === null || terms.model === model ? null : costAs(terms.model);
  const [low, high] = [asked ?? 0n, told ?? 0n];
  return low > high ? low : high;
};
