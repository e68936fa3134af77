import * as z from 'zod';
import { queryNumber } from '../../http/query-number.ts';
import type { OwnPeriod, OwnPrice, OwnTerms } from '../../inference/models/own-prices.ts';
import { OWN_TIERS, type OwnTiers } from '../../inference/models/price-terms.ts';
import { PERCENT_OF_LIST_MAX } from '../../inference/models/price-limits.ts';
import type { Rates } from '../../inference/models/rates.ts';
import { nanoUsdFromUsd } from '../../shared/money.ts';

const NANO_A_USD = 1e9;
const BASIS_POINTS_A_PERCENT = 100;

/** What a rate is of, as callers write it. */
const KINDS = {
  input: 'input',
  output: 'output',
  cache_read: 'cacheRead',
  cache_write_5m: 'cacheWrite5m',
  cache_write_1h: 'cacheWrite1h',
  audio_input: 'audioInput',
  audio_output: 'audioOutput',
  image_input: 'imageInput',
  image_output: 'imageOutput',
  characters: 'characters',
  seconds: 'seconds',
} as const satisfies Readonly<Record<string, keyof Rates>>;

const usd = z
  .number()
  .refine(
    (value) => (nanoUsdFromUsd(value) ?? NaN) / NANO_A_USD === value,
    'dollars with at most 9 decimals',
  );
const paid = usd.gt(0, 'nothing is said by `free`: true');

export const ownRatesSchema = z
  .strictObject({
    input: paid.optional(),
    output: paid.optional(),
    cache_read: usd.optional().describe('absent: as input'),
    cache_write_5m: usd.optional().describe('absent: as input'),
    cache_write_1h: usd.optional().describe('absent: as cache_write_5m'),
    audio_input: usd.optional().describe('absent: as input'),
    audio_output: usd.optional().describe('absent: as output'),
    image_input: usd.optional().describe('absent: as input'),
    image_output: usd.optional().describe('absent: as output'),
    characters: paid.optional(),
    seconds: paid.optional(),
  })
  .describe('USD a million tokens, characters or seconds');

const percent = z.number().gt(0).lte(PERCENT_OF_LIST_MAX).multipleOf(0.01);

export const ownTiersSchema = z
  .strictObject({
    flex: percent.optional(),
    priority: percent.optional().describe('`fast` too'),
    batch: percent.optional(),
  })
  .describe('percent of this price by tier of service; absent: as the list has it, else 100');

/** PUT /v1/prices/own/{model_name} */
export const ownPriceBody = z
  .strictObject({
    rates: ownRatesSchema.optional(),
    percent_of_list: percent
      .optional()
      .describe("of the list's prices, whatever they depend on: 80 is a discount of a fifth"),
    free: z.literal(true).optional().describe('calls of it cost nothing, and no cap stops them'),
    service_tiers: ownTiersSchema
      .refine((tiers) => Object.keys(tiers).length > 0, 'a tier and its percent')
      .optional(),
    from_ms: z
      .int()
      .optional()
      .describe('epoch ms, 90 seconds from now at the earliest; absent: then'),
  })
  .refine(
    ({ rates, percent_of_list, free }) =>
      [rates, percent_of_list, free].filter((terms) => terms !== undefined).length === 1,
    'one of rates, percent_of_list, free',
  )
  .refine(({ free, service_tiers }) => free === undefined || service_tiers === undefined, {
    path: ['service_tiers'],
    error: 'what is free is so in every tier',
  });
export type OwnPriceBody = z.infer<typeof ownPriceBody>;

/** DELETE /v1/prices/own/{model_name} */
export const endPriceQuery = z.strictObject({
  from_ms: queryNumber(0, Number.MAX_SAFE_INTEGER).optional(),
});

export const readTerms = (body: OwnPriceBody): OwnTerms => {
  const { rates, percent_of_list } = body;
  const tiers = body.service_tiers === undefined ? {} : { tiers: readTiers(body.service_tiers) };
  if (percent_of_list !== undefined)
    return { kind: 'share', basisPoints: basisPointsOf(percent_of_list), ...tiers };
  return rates === undefined
    ? { kind: 'free' }
    : { kind: 'rates', rates: readRates(rates), ...tiers };
};

const basisPointsOf = (value: number): number => Math.round(value * BASIS_POINTS_A_PERCENT);

const readTiers = (body: z.infer<typeof ownTiersSchema>): OwnTiers =>
  tiersBy((tier) => {
    const value = body[tier];
    return value === undefined ? undefined : basisPointsOf(value);
  });

/** Those that have a number. */
const tiersBy = (numberOf: (tier: keyof OwnTiers) => number | undefined): OwnTiers =>
  Object.fromEntries(
    OWN_TIERS.flatMap((tier) => {
      const value = numberOf(tier);
      return value === undefined ? [] : [[tier, value]];
    }),
  );

const readRates = (body: z.infer<typeof ownRatesSchema>): Rates => {
  const rates: { -readonly [kind in keyof Rates]: number } = {};
  for (const [name, value] of Object.entries(body)) {
    const kind = kindOf(name);
    const nano = value === undefined ? null : nanoUsdFromUsd(value);
    if (kind !== null && nano !== null) rates[kind] = nano;
  }
  return rates;
};

const kindOf = (name: string): keyof Rates | null =>
  Object.entries(KINDS).find(([wire]) => wire === name)?.[1] ?? null;

const termsView = (terms: OwnTerms | null) => ({
  rates: terms?.kind === 'rates' ? ratesView(terms.rates) : null,
  percent_of_list:
    terms?.kind === 'share'
      ? terms.basisPoints / BASIS_POINTS_A_PERCENT
      : terms === null
        ? 100
        : null,
  free: terms?.kind === 'free',
  service_tiers: tiersView(terms),
});

const tiersView = (terms: OwnTerms | null): OwnTiers | null => {
  if (terms === null || terms.kind === 'free' || terms.tiers === undefined) return null;
  const { tiers } = terms;
  return tiersBy((tier) => {
    const value = tiers[tier];
    return value === undefined ? undefined : value / BASIS_POINTS_A_PERCENT;
  });
};

const ratesView = (rates: Rates): Record<string, number> =>
  Object.fromEntries(
    Object.entries(KINDS).flatMap(([name, kind]) => {
      const rate = rates[kind];
      return typeof rate === 'number' ? [[name, rate / NANO_A_USD]] : [];
    }),
  );

/** An own price on the wire: all that holds now or later, in the order of time. */
export const ownPriceView = ({ model, periods }: OwnPrice, nowMs: number) => ({
  object: 'own_price' as const,
  model,
  periods: periods.filter(isMeant(periods, nowMs)).map(({ fromMs, terms }) => ({
    from_ms: fromMs,
    is_in_force: fromMs <= nowMs,
    ...termsView(terms),
  })),
});

const isMeant =
  (periods: readonly OwnPeriod[], nowMs: number) =>
  (_: OwnPeriod, at: number): boolean =>
    (periods[at + 1]?.fromMs ?? Infinity) > nowMs;
