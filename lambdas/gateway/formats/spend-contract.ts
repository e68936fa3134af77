import * as z from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { listOf } from '../../http/lists.ts';
import { answers, chapter, json, pageOf } from '../../http/openapi-parts.ts';
import { adviceQuery, cohortsQuery, invoicesBody, leadsQuery } from './spend-format.ts';

const usage = chapter('Usage');
const micros = z.int().describe('micro-USD');
const time = z.int().describe('epoch ms');
const spread = z.strictObject({ mean: micros, median: micros, p90: micros });

const cohortsSchema = z
  .strictObject({
    object: z.literal('cohorts'),
    by: z.string(),
    from_ms: time,
    to_ms: time,
    data: z.array(
      z.strictObject({
        cohort: z.string().describe('empty: users without this field'),
        users: z.int(),
        active_users: z.int().describe('with usage in the span'),
        cost_micros: micros,
        cost_per_user_micros: spread,
        reached_cap: z.strictObject({ users: z.int(), share: z.number() }),
        first_dollar: z.strictObject({
          users: z.int().describe('who began in the span and have spent a dollar'),
          median_ms: z.int().nullable().describe('from the first key on, to the hour'),
        }),
      }),
    ),
  })
  .meta({ id: 'Cohorts' });

const leadListSchema = listOf(
  z.strictObject({
    object: z.literal('lead'),
    user_id: z.string().nullable(),
    keys: z.array(z.string()).describe('those that reached their cap'),
    cohort: z.record(z.string(), z.string()),
    minutes_at_cap: z.int().describe('minutes with a refused call'),
    first_at: time,
    last_at: time,
    asked_for: z.array(z.strictObject({ model: z.string(), minutes: z.int() })),
  }),
).meta({ id: 'LeadList' });

const adviceSchema = z
  .strictObject({
    object: z.literal('price_advice'),
    from_ms: time,
    to_ms: time,
    margin: z.number(),
    data: z.array(
      z.strictObject({
        feature: z.string(),
        users: z.int(),
        request_count: z.int(),
        cost_micros: micros,
        cost_per_call_micros: micros,
        cost_per_user_micros: spread,
        price_per_month_micros: micros.describe('at which nine of ten users leave the margin'),
      }),
    ),
  })
  .meta({ id: 'PriceAdvice' });

const invoicesSchema = z
  .strictObject({
    object: z.literal('invoices'),
    month: z.string(),
    is_final: z.boolean().describe('the month is over and settled'),
    invoices: z.array(
      z.strictObject({
        object: z.literal('invoice'),
        user_id: z.string().nullable(),
        keys: z.array(z.string()),
        rule: z.enum(['cost_plus', 'per_token', 'flat']),
        cost_micros: micros.describe('what it cost you'),
        amount_cents: z.int(),
        lines: z.array(
          z.strictObject({
            description: z.string(),
            amount_cents: z.int(),
            idempotency_key: z.string(),
            stripe: z.looseObject({}).describe('body of an invoice item, but for its customer'),
          }),
        ),
      }),
    ),
    without_rule: z.array(
      z.strictObject({
        user_id: z.string().nullable(),
        keys: z.array(z.string()),
        cost_micros: micros,
      }),
    ),
  })
  .meta({ id: 'Invoices' });

const KEY_ID = 'key_4m2t6q8r0v5w7y3b';
const SEEN_AT = 1_796_000_000_000;
const SPAN = { from_ms: 1_795_996_800_000, to_ms: 1_796_000_400_000 };
const SPREAD = { mean: 61_000, median: 42_000, p90: 240_000 };

export const SPEND_PATHS: ZodOpenApiPathsObject = {
  '/v1/cohorts': {
    get: {
      ...usage('getCohorts', 'Compare what users of each cohort cost'),
      requestParams: { query: cohortsQuery },
      ...answers(
        '200',
        'Cohorts, the dearest first',
        json(cohortsSchema, {
          object: 'cohorts',
          by: 'plan',
          ...SPAN,
          data: [
            {
              cohort: 'pro',
              users: 40,
              active_users: 31,
              cost_micros: 2_440_000,
              cost_per_user_micros: SPREAD,
              reached_cap: { users: 6, share: 0.15 },
              first_dollar: { users: 3, median_ms: 604_800_000 },
            },
          ],
        }),
      ),
    },
  },
  '/v1/leads': {
    get: {
      ...usage('listLeads', 'List users who asked for more than their cap'),
      requestParams: { query: leadsQuery },
      ...answers(
        '200',
        'Users who were refused at their cap in a month, who met it most often first',
        json(
          leadListSchema,
          pageOf({
            object: 'lead' as const,
            user_id: 'ada',
            keys: [KEY_ID],
            cohort: { plan: 'free' },
            minutes_at_cap: 14,
            first_at: SEEN_AT,
            last_at: SEEN_AT + 3_600_000,
            asked_for: [{ model: 'gpt-5', minutes: 12 }],
          }),
        ),
      ),
    },
  },
  '/v1/prices/advice': {
    get: {
      ...usage('advisePrices', 'See at which price each feature leaves a margin'),
      requestParams: { query: adviceQuery },
      ...answers(
        '200',
        'Features, the dearest first',
        json(adviceSchema, {
          object: 'price_advice',
          ...SPAN,
          margin: 0.7,
          data: [
            {
              feature: 'summary',
              users: 40,
              request_count: 812,
              cost_micros: 2_440_000,
              cost_per_call_micros: 3_005,
              cost_per_user_micros: SPREAD,
              price_per_month_micros: 800_000,
            },
          ],
        }),
      ),
    },
  },
  '/v1/invoices': {
    post: {
      ...usage('priceInvoices', 'Price the usage of a month for each user'),
      requestBody: json(invoicesBody, {
        month: '2026-11',
        rules: [
          { kind: 'flat', cohort: { plan: 'pro' }, usd: 20, included_usd: 8, markup_percent: 25 },
          { kind: 'cost_plus', markup_percent: 30 },
        ],
      }),
      ...answers(
        '200',
        'An invoice for each user; nothing is stored',
        json(invoicesSchema, {
          object: 'invoices',
          month: '2026-11',
          is_final: true,
          invoices: [
            {
              object: 'invoice',
              user_id: 'ada',
              keys: [KEY_ID],
              rule: 'cost_plus',
              cost_micros: 4_210_000,
              amount_cents: 547,
              lines: [
                {
                  description: 'gpt-4o-mini: 812 calls',
                  amount_cents: 547,
                  idempotency_key: 'sluice-5f1d0c7a9b3e4826d1f0a7c5e9b83d42',
                  stripe: { currency: 'usd', amount: 547 },
                },
              ],
            },
          ],
          without_rule: [],
        }),
      ),
    },
  },
};
