import * as z from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { listOf } from '../../http/lists.ts';
import { answers, chapter, json, pageOf, pathWithSlashes } from '../../http/openapi-parts.ts';
import { endPriceQuery, ownPriceBody, ownRatesSchema, ownTiersSchema } from './price-format.ts';

const models = chapter('Models');
const MODEL_NAME = pathWithSlashes('model_name', 'a model, or <provider>/*');

export const ownPriceSchema = z
  .strictObject({
    object: z.literal('own_price'),
    model: z.string(),
    periods: z
      .array(
        z.strictObject({
          from_ms: z.int().describe('epoch ms; it holds for calls that begin then or later'),
          is_in_force: z.boolean(),
          rates: ownRatesSchema.nullable(),
          percent_of_list: z.number().nullable().describe("100: the list's price again"),
          free: z.boolean(),
          service_tiers: ownTiersSchema.nullable(),
        }),
      )
      .describe('in the order of time: what is in force, and what is planned'),
  })
  .meta({ id: 'OwnPrice' });
const ownPriceListSchema = listOf(ownPriceSchema).meta({ id: 'OwnPriceList' });

const ASKED = { rates: { input: 0.2, output: 0.6 }, service_tiers: { priority: 150 } };
const PERIOD = {
  from_ms: 1_796_000_090_000,
  is_in_force: false,
  percent_of_list: null,
  free: false,
  service_tiers: null,
};
const PRICE = {
  object: 'own_price' as const,
  model: 'vllm/llama-4',
  periods: [{ ...PERIOD, ...ASKED }],
};
const ENDED = {
  ...PRICE,
  periods: [
    { ...PERIOD, from_ms: 1_795_000_000_000, is_in_force: true, ...ASKED },
    { ...PERIOD, rates: null, percent_of_list: 100 },
  ],
};

export const PRICE_PATHS: ZodOpenApiPathsObject = {
  '/v1/prices/own': {
    get: {
      ...models('listOwnPrices', 'List the prices that the operator of the stage set'),
      ...answers('200', 'Every own price', json(ownPriceListSchema, pageOf(PRICE))),
    },
  },
  '/v1/prices/own/{model_name}': {
    get: {
      ...models('getOwnPrice', 'Get the own price of a model'),
      requestParams: MODEL_NAME,
      ...answers('200', 'The price', json(ownPriceSchema, PRICE)),
    },
    put: {
      ...models('setOwnPrice', 'Set what a model costs, from a date on'),
      requestParams: MODEL_NAME,
      requestBody: json(ownPriceBody, ASKED),
      ...answers(
        '200',
        'The price; it holds for calls that begin at from_ms or later',
        json(ownPriceSchema, PRICE),
      ),
    },
    delete: {
      ...models('endOwnPrice', "Return to the list's price, from a date on"),
      requestParams: {
        ...MODEL_NAME,
        query: endPriceQuery,
      },
      ...answers('200', 'The price with its end', json(ownPriceSchema, ENDED)),
    },
  },
};
