import { tiersOf, type Price, type Rates } from './prices.ts';
import type { TokenUsage } from '../../ledger/domain/usage.ts';

const MILLION = 1_000_000n;

/**
 * What these tokens cost, nano-USD, rounded up once. The tier is chosen by the whole input, cached parts included.
 * A kind without a price of its own is billed as its parent (cache and audio input as input, audio output as output).
 */
export const costNanoUsd = (rates: Rates, tokens: TokenUsage): number =>
  nanoFromFemtoUsd(costFemtoUsd(rates, tokens));

/** The same before it is rounded: nano-USD by a million. */
export const costFemtoUsd = (rates: Rates, tokens: TokenUsage): bigint => {
  const inputTokens =
    tokens.input + tokens.cacheRead + tokens.cacheWrite5m + tokens.cacheWrite1h + tokens.audioInput;
  const at = (price: Price | undefined, fallback: Price | undefined): bigint =>
    BigInt(rateAt(price ?? fallback ?? 0, inputTokens));
  return (
    BigInt(tokens.input) * at(rates.input, undefined) +
    BigInt(tokens.cacheRead) * at(rates.cacheRead, rates.input) +
    BigInt(tokens.cacheWrite5m) * at(rates.cacheWrite5m, rates.input) +
    BigInt(tokens.cacheWrite1h) * at(rates.cacheWrite1h, rates.cacheWrite5m ?? rates.input) +
    BigInt(tokens.audioInput) * at(rates.audioInput, rates.input) +
    BigInt(tokens.output - tokens.audioOutput) * at(rates.output, undefined) +
    BigInt(tokens.audioOutput) * at(rates.audioOutput, rates.output)
  );
};

/** Rounded up. */
export const nanoFromFemtoUsd = (femto: bigint): number => Number((femto + MILLION - 1n) / MILLION);

/**
 * The most that so many input and output tokens can cost: every input token at the dearest kind of input
 * (a cache write costs more than a plain token), the tiers at the dearest that the bound reaches.
 */
export const worstCostNanoUsd = (
  rates: Rates,
  inputTokens: number,
  outputTokens: number,
  cacheWrites: 'none' | '5m' | '1h',
): number => {
  const dearest = (price: Price | undefined): number =>
    Math.max(
      0,
      ...tiersOf(price)
        .filter(([above]) => above < inputTokens || above === 0)
        .map(([, rate]) => rate),
    );
  const input = Math.max(
    dearest(rates.input),
    dearest(rates.cacheRead),
    cacheWrites === 'none' ? 0 : dearest(rates.cacheWrite5m),
    cacheWrites === '1h' ? dearest(rates.cacheWrite1h) : 0,
  );
  const sum =
    BigInt(inputTokens) * BigInt(input) + BigInt(outputTokens) * BigInt(dearest(rates.output));
  return Number((sum + MILLION - 1n) / MILLION);
};

/** How many output tokens a budget affords on top of this input; 0 when the input alone passes it. */
export const affordableOutputTokens = (
  rates: Rates,
  inputTokens: number,
  budgetNanoUsd: number,
  cacheWrites: 'none' | '5m' | '1h',
): number => {
  const left =
    BigInt(budgetNanoUsd) - BigInt(worstCostNanoUsd(rates, inputTokens, 0, cacheWrites)) - 1n;
  if (left <= 0n) return 0;
  const perMillion =
    worstCostNanoUsd(rates, inputTokens, 1_000_000, cacheWrites) -
    worstCostNanoUsd(rates, inputTokens, 0, cacheWrites);
  if (perMillion <= 0) return Number.MAX_SAFE_INTEGER;
  return Number((left * MILLION) / BigInt(perMillion + 1));
};

const rateAt = (price: Price, inputTokens: number): number =>
  tiersOf(price).findLast(([above]) => inputTokens > above || above === 0)?.[1] ?? 0;
