import type { Terms } from './bill.ts';
import { claudeVersion } from './families.ts';
import type { Price, Rates } from './prices.ts';

/** A price as a fraction of the standard one. */
type Factor = readonly [numerator: bigint, denominator: bigint];
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

/** The rates of a model as an answer says that it was served. */
export const ratesServed = (
  provider: string,
  model: string,
  rates: Rates,
  { tier, region, speed }: Terms,
): Rates => {
  if (provider === 'openai') return scaled(rates, tierFactor(model, tier));
  if (provider !== 'anthropic') return rates;
  const fast = speed === 'fast' ? factorOf(FAST_CLAUDE, model) : ONE;
  return scaled(rates, times(fast, region === 'us' ? regionFactor(model) : ONE));
};

/**
 * The rates of a model at the dearest that a call may be served: a provider chooses the tier and the region by its
 * account's settings where the call names none.
 */
export const ratesHeld = (
  provider: string,
  model: string,
  rates: Rates,
  tier: string | null,
): Rates => {
  if (provider === 'openai')
    return tier === null || tier === 'auto' ? scaled(rates, priorityFactor(model)) : rates;
  return provider === 'anthropic' ? scaled(rates, regionFactor(model)) : rates;
};

const tierFactor = (model: string, tier: string | null): Factor => {
  if (tier === 'flex') return FLEX.test(model) ? [1n, 2n] : ONE;
  if (tier !== 'priority' && tier !== 'fast') return ONE;
  return priorityFactor(model);
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

const scaled = (rates: Rates, factor: Factor): Rates => {
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
