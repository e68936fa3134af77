import { dearerPrice, priceOfKind, rateAt, tiersOf, type Price, type Rates } from './rates.ts';
import type { TokenUsage } from '../../ledger/domain/usage.ts';

const MILLION = 1_000_000n;

/**
 * What these tokens cost, nano-USD, rounded up once. The tier is chosen by the whole input, cached parts included.
 * A kind without a price of its own is billed as its parent (cache, audio and image input as input, audio and image output
 * as output).
 */
export const costNanoUsd = (rates: Rates, tokens: TokenUsage): number =>
  nanoFromFemtoUsd(costFemtoUsd(rates, tokens));

/** The same before it is rounded: nano-USD by a million. */
export const costFemtoUsd = (rates: Rates, tokens: TokenUsage): bigint => {
  const inputTokens =
    tokens.input +
    tokens.cacheRead +
    tokens.cacheWrite5m +
    tokens.cacheWrite1h +
    tokens.audioInput +
    tokens.imageInput;
  return partsOf(rates, tokens).reduce(
    (sum, [count, price]) => sum + BigInt(count) * BigInt(rateAt(price ?? 0, inputTokens)),
    0n,
  );
};

/** Every count that is paid, with its price or its parent's; absent: it has neither. */
const partsOf = (
  rates: Rates,
  tokens: TokenUsage,
): readonly (readonly [count: number, price: Price | undefined])[] => {
  const of = (kind: keyof Rates): Price | undefined => priceOfKind(rates, kind);
  return [
    [tokens.input, of('input')],
    [tokens.cacheRead, of('cacheRead')],
    [tokens.cacheWrite5m, of('cacheWrite5m')],
    [tokens.cacheWrite1h, of('cacheWrite1h')],
    [tokens.audioInput, of('audioInput')],
    [tokens.imageInput, of('imageInput')],
    [tokens.output - tokens.audioOutput - tokens.imageOutput, of('output')],
    [tokens.audioOutput, of('audioOutput')],
    [tokens.imageOutput, of('imageOutput')],
    [tokens.characters, of('characters')],
    [tokens.seconds, of('seconds')],
  ];
};

/** Has all that is counted a price? What has none would be held and settled at nothing. */
export const isRated = (rates: Rates, tokens: TokenUsage): boolean =>
  partsOf(rates, tokens).every(([count, price]) => count === 0 || price !== undefined);

/** Has a conversation one? It is held by its input and its output. */
export const isTextRated = ({ input, output }: Rates): boolean =>
  input !== undefined && output !== undefined;

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

/** Rates of a call whose input may be heard: all of it at the dearer of the two prices. */
export const ratesHeard = (rates: Rates, readsAudio: boolean): Rates => {
  const { input, audioInput } = rates;
  if (!readsAudio || audioInput === undefined) return rates;
  return { ...rates, input: dearerPrice(input ?? 0, audioInput) };
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
