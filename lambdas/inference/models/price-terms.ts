import type { Terms } from './bill.ts';
import { claudeVersion } from './families.ts';
import type { Price, Rates } from './rates.ts';

/** A price as a fraction of the standard one. */
export type Factor = readonly [numerator: bigint, denominator: bigint];
const ONE: Factor = [1n, 1n];

/**
 * Dearer than standard by so much, as of November 2026: https://openai.com/api-fast-mode/ (priority processing, since
 * July 2026 `fast`). What is old or special and not on the page is not served so.
 */
const PRIORITY: readonly (readonly [RegExp, Factor])[] = [
  [/^ft:|-(?:pro|nano|image|audio|realtime|search)\b/, ONE],
  [/^(?:gpt-3\.5|gpt-4(?:-|$)|o1|o3-mini)/, ONE],
  [/^gpt-(?:6|5\.6)-/, [2n, 1n]],
  [/^gpt-5\.6$/, [2n, 1n]],
  [/^gpt-5\.5/, [5n, 2n]],
  [/^gpt-5-mini/, [9n, 5n]],
  [/^gpt-5/, [2n, 1n]],
  [/^gpt-4o-mini/, [5n, 3n]],
  [/^gpt-4o-2024-05-13/, [7n, 4n]],
  [/^gpt-4o/, [17n, 10n]],
  [/^gpt-4\.1/, [7n, 4n]],
  [/^o3(?:-2025-04-16)?$/, [7n, 4n]],
  [/^o4-mini/, [20n, 11n]],
];
/** Half the price, as batches: https://developers.openai.com/api/docs/guides/flex-processing */
const FLEX = /^(?:gpt-[5-9]|o3|o4-mini)/;
/** Of a model that the list says nothing of, as a new one. */
const PRIORITY_UNLISTED: Factor = [2n, 1n];

/**
 * Flex and batches are half of the standard price, priority 1.8 times it where the page has a price, and at most twice:
 * https://ai.google.dev/gemini-api/docs/optimization, https://ai.google.dev/gemini-api/docs/pricing
 */
const PRIORITY_GEMINI: readonly (readonly [RegExp, Factor])[] = [
  [/^gemini-3\.[78]-flash/, [9n, 5n]],
  [/^gemini-/, [2n, 1n]],
];
const HALF: Factor = [1n, 2n];

/** https://platform.claude.com/docs/en/build-with-claude/fast-mode */
const FAST_CLAUDE: readonly (readonly [RegExp, Factor])[] = [
  [/^claude-opus-4-[67]/, [6n, 1n]],
  [/^claude-/, [2n, 1n]],
];
/** In the US alone, from Opus 4.6 on: https://platform.claude.com/docs/en/manage-claude/data-residency */
const IN_US: Factor = [11n, 10n];
const IN_US_SINCE = 406;

/** What one web search costs, nano-USD: https://platform.claude.com/docs/en/about-claude/pricing */
export const SEARCH_NANO_USD = 10_000_000;

/** Tiers that an operator may price by himself. */
export const OWN_TIERS = ['flex', 'priority', 'batch'] as const;
/** What tiers cost by their operator's word, in ten-thousandths of the standard price; the others are as the list has them. */
export type OwnTiers = { readonly [tier in (typeof OWN_TIERS)[number]]?: number };
const NO_OWN_TIERS: OwnTiers = {};
const WHOLE_BASIS_POINTS = 10_000n;

/** So many ten-thousandths. */
export const factorOfBasisPoints = (basisPoints: number): Factor => [
  BigInt(basisPoints),
  WHOLE_BASIS_POINTS,
];

/** The rates of a model as an answer says that it was served. */
export const ratesServed = (
  provider: string,
  model: string,
  rates: Rates,
  { tier, region, speed }: Terms,
  own = NO_OWN_TIERS,
): Rates => {
  const factor = ownFactor(own, tier) ?? listFactor(provider, model, tier);
  if (provider !== 'anthropic') return scaledRates(rates, factor);
  const fast = speed === 'fast' ? factorOf(FAST_CLAUDE, model) : ONE;
  return scaledRates(
    rates,
    times(times(fast, factor), region === 'us' ? regionFactor(model) : ONE),
  );
};

/** null: the operator says nothing of this tier. */
const ownFactor = (own: OwnTiers, tier: string | null): Factor | null => {
  const word = isPriority(tierWord(tier)) ? 'priority' : tierWord(tier);
  const name = OWN_TIERS.find((one) => one === word);
  const basisPoints = name === undefined ? undefined : own[name];
  return basisPoints === undefined ? null : factorOfBasisPoints(basisPoints);
};

const listFactor = (provider: string, model: string, tier: string | null): Factor => {
  if (provider === 'openai') return tierFactor(model, tier);
  if (provider === 'google') return geminiFactor(model, tier);
  // What has its capacity bought ahead costs as much as any other.
  return provider === 'anthropic' && tier === 'batch' ? HALF : ONE;
};

/**
 * The rates of a model at the dearest that a call may be served: a provider chooses the tier and the region by its
 * account's settings where the call names none. A cheaper tier may be answered by the standard one.
 */
export const ratesHeld = (
  provider: string,
  model: string,
  rates: Rates,
  tier: string | null,
  own = NO_OWN_TIERS,
): Rates => {
  const tiers = heldTiers(provider, tier).map(
    (one) => ownFactor(own, one) ?? listFactor(provider, model, one),
  );
  const factor = tiers.reduce(dearer, ONE);
  return scaledRates(rates, provider === 'anthropic' ? times(factor, regionFactor(model)) : factor);
};

/** What may answer a call that names this tier, beside the standard one. Google serves no other than is asked for. */
const heldTiers = (provider: string, tier: string | null): readonly string[] => {
  if (tier !== null && tier !== 'auto') return [tier];
  return provider === 'google' ? [] : OWN_TIERS;
};

const dearer = (left: Factor, right: Factor): Factor =>
  left[0] * right[1] >= right[0] * left[1] ? left : right;

/** Has a tier that a call names a price? One that is not known to be served at a price of its own has none. */
export const isTierPriced = (
  provider: string,
  model: string,
  tier: string | null,
  own = NO_OWN_TIERS,
): boolean => {
  if (ownFactor(own, tier) !== null) return true;
  if (provider === 'google')
    return model.startsWith('gemini-') && ['flex', 'priority'].includes(tierWord(tier) ?? '');
  if (provider !== 'openai') return false;
  if (tier === 'flex') return FLEX.test(model);
  const [numerator, denominator] = factorOf(PRIORITY, model);
  return isPriority(tier) && numerator > denominator;
};

/** Tiers that a call may name, each with its price in percent of the standard one. */
export const pricedTiers = (
  provider: string,
  model: string,
): readonly { readonly tier: string; readonly percent: number }[] =>
  ['flex', 'priority']
    .filter((tier) => isTierPriced(provider, model, tier))
    .map((tier) => {
      const [numerator, denominator] =
        provider === 'google' ? geminiFactor(model, tier) : tierFactor(model, tier);
      return { tier, percent: Number((numerator * 10_000n) / denominator) / 100 };
    });

const isPriority = (tier: string | null): boolean => tier === 'priority' || tier === 'fast';

const tierFactor = (model: string, tier: string | null): Factor => {
  if (tier === 'flex') return FLEX.test(model) ? HALF : ONE;
  return isPriority(tier) ? priorityFactor(model) : ONE;
};

const geminiFactor = (model: string, tier: string | null): Factor => {
  const word = tierWord(tier);
  if (word === 'flex' || word === 'batch') return HALF;
  return word === 'priority' ? factorOf(PRIORITY_GEMINI, model) : ONE;
};

/** Google's clients and answers write `priority`, `PRIORITY` and `SERVICE_TIER_PRIORITY`. */
const tierWord = (tier: string | null): string | null =>
  tier?.toLowerCase().replace(/^service_tier_/, '') ?? null;

/** The tier of an answer that says none, by what its call named: a dearer one is what was held for. */
export const tierTaken = (tier: string | null, own = NO_OWN_TIERS): string | null => {
  const [numerator, denominator] = ownFactor(own, tier) ?? ONE;
  return isPriority(tierWord(tier)) || numerator > denominator ? tier : null;
};

/** What is held for is what is settled. */
const priorityFactor = (model: string): Factor => factorOf(PRIORITY, model, PRIORITY_UNLISTED);

/** What a header of the caller's may open: https://platform.claude.com/docs/en/build-with-claude/context-windows */
export const openedWindowTokens = (provider: string): number =>
  provider === 'anthropic' ? 1_000_000 : 0;

const regionFactor = (model: string): Factor => (claudeVersion(model) >= IN_US_SINCE ? IN_US : ONE);

const factorOf = (
  list: readonly (readonly [RegExp, Factor])[],
  model: string,
  otherwise = ONE,
): Factor => list.find(([pattern]) => pattern.test(model))?.[1] ?? otherwise;

const times = (left: Factor, right: Factor): Factor => [left[0] * right[0], left[1] * right[1]];

/** Each price by a factor, rounded up. */
export const scaledRates = (rates: Rates, factor: Factor): Rates => {
  if (factor[0] === factor[1]) return rates;
  const scale = (price: Price): Price =>
    typeof price === 'number'
      ? scaledRate(price, factor)
      : price.map(([above, rate]) => [above, scaledRate(rate, factor)]);
  return Object.fromEntries(
    Object.entries(rates).map(([kind, price]: [string, Price]) => [kind, scale(price)]),
  );
};

/** Rounded up: what is held is never less than what is billed. */
const scaledRate = (rate: number, [numerator, denominator]: Factor): number =>
  Number((BigInt(rate) * numerator + denominator - 1n) / denominator);
