import * as z from 'zod';
import { listOf } from '../../http/lists.ts';
import { familyOf, traitsOf } from '../../inference/models/families.ts';
import { unitKindOf, unitRouteOf } from '../../inference/models/model-kinds.ts';
import { priceAge, PRICES_OLD_DAYS } from '../../inference/models/price-age.ts';
import { pricedTiers } from '../../inference/models/price-terms.ts';
import { contextTokensOf, priceOf } from '../../inference/models/prices.ts';
import { tiersOf, type Price, type Rates } from '../../inference/models/rates.ts';
import { routeModel } from '../../inference/models/route-model.ts';

const usd = z.number().describe('USD');
const catalogPriceSchema = z.strictObject({
  of: z.string().describe('what is counted: input, output, cacheRead, characters, seconds, ...'),
  per: z.int().describe('so many of it have this price'),
  usd,
  tiers: z
    .array(z.strictObject({ above_input_tokens: z.int(), usd }))
    .optional()
    .describe('dearer or cheaper from so many input tokens on'),
});
const catalogModelSchema = z
  .strictObject({
    object: z.literal('catalog_model'),
    id: z.string(),
    provider: z.string(),
    kind: z.enum(['chat', 'embedding', 'image', 'speech', 'transcription', 'moderation']),
    route: z.string().describe('which calls it'),
    context_tokens: z.int().nullable(),
    max_output_tokens: z.int().nullable(),
    prices: z
      .array(catalogPriceSchema)
      .nullable()
      .describe('null: none here, so that a key with a cap cannot use it'),
    service_tiers: z
      .array(z.strictObject({ tier: z.string(), percent: z.number() }))
      .optional()
      .describe('tiers that a call may name, with their prices in percent of `prices`'),
    capabilities: z.array(z.string()),
  })
  .meta({ id: 'CatalogModel' });
const snapshotSchema = z.strictObject({
  source: z.string(),
  as_of: z.string().describe('the day on which the data came out: 2026-09-23'),
  age_days: z.int(),
  is_old: z
    .boolean()
    .describe(`older than ${PRICES_OLD_DAYS} days: a newer release may know better`),
});
export const catalogSchema = listOf(catalogModelSchema)
  .extend({ prices: snapshotSchema })
  .meta({ id: 'Catalog' });
export const CATALOG_SNAPSHOT = {
  source: '@pydantic/genai-prices 0.1.8',
  as_of: '2026-09-23',
  age_days: 68,
  is_old: false,
};

/** How old the prices are that a catalog shows. */
export const snapshotView = (nowMs: number): z.infer<typeof snapshotSchema> => {
  const { version, date, days, isOld } = priceAge(nowMs);
  return {
    source: `@pydantic/genai-prices ${version}`,
    as_of: date,
    age_days: days,
    is_old: isOld,
  };
};

type CatalogModel = z.infer<typeof catalogModelSchema>;

const NANO_A_USD = 1e9;
const MILLION = 1_000_000;
const CHAT_ROUTES: Readonly<Record<string, string>> = {
  'anthropic-messages': 'POST /v1/messages',
  gemini: 'POST /v1beta/models/{id}:generateContent',
};

/** A model with its prices at a time; null: nobody's that is known here. */
export const catalogModel = (id: string, nowMs: number): CatalogModel | null => {
  const route = routeModel(id);
  if (route === null) return null;
  const { provider, model } = route;
  const unit = unitKindOf(model);
  const price = priceOf(provider, model, nowMs);
  const tiers = price === null || unit !== null ? [] : pricedTiers(provider, model);
  return {
    object: 'catalog_model',
    id,
    provider,
    kind: unit?.kind ?? 'chat',
    route: unit === null ? chatRoute(model) : unitRouteOf(unit),
    context_tokens: contextTokensOf(provider, model),
    max_output_tokens: unit === null ? (price?.maxOutputTokens ?? null) : null,
    prices: price === null ? null : pricesOf(price.rates),
    ...(tiers.length === 0 ? {} : { service_tiers: [...tiers] }),
    capabilities: unit === null ? capabilitiesOf(model) : [],
  };
};

const chatRoute = (model: string): string =>
  CHAT_ROUTES[familyOf(model)?.wire ?? ''] ?? 'POST /v1/chat/completions';

const pricesOf = (rates: Rates): CatalogModel['prices'] =>
  Object.entries(rates).flatMap(([of, price]: [string, Price]) => {
    const [first, ...more] = tiersOf(price);
    if (first === undefined) return [];
    return [
      {
        of,
        per: MILLION,
        usd: first[1] / NANO_A_USD,
        ...(more.length === 0
          ? {}
          : {
              tiers: more.map(([above, nano]) => ({
                above_input_tokens: above,
                usd: nano / NANO_A_USD,
              })),
            }),
      },
    ];
  });

const capabilitiesOf = (model: string): string[] => {
  const { readsImages, readsDocuments, efforts, outputs, choosesParallelCalls } = traitsOf(model);
  return [
    'tools',
    ...(choosesParallelCalls ? ['parallel_tools'] : []),
    ...(readsImages ? ['images'] : []),
    ...(readsDocuments ? ['documents'] : []),
    ...(efforts.length > 0 ? ['reasoning'] : []),
    ...(outputs.includes('schema') ? ['structured_output'] : []),
  ];
};
