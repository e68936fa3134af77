import * as z from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { listOf } from '../../http/lists.ts';
import { answers, chapter, json, pageOf, path } from '../../http/openapi-parts.ts';
import { warningsSchema } from './warning-format.ts';
import { applyTierBody, deleteTierQuery, putTierBody } from './tier-format.ts';

const keys = chapter('Keys');
const time = z.int().describe('epoch ms');

const tierSchema = z
  .strictObject({
    object: z.literal('tier'),
    name: z.string(),
    names: z.array(z.string()).describe('fields that the tier gives; the others it leaves alone'),
    cap_micros: z.int().nullable(),
    period: z.enum(['lifetime', 'day', 'week', 'month']).nullable(),
    allowed_models: z.array(z.string()).nullable(),
    rpm: z.int().nullable(),
    max_concurrency: z.int().nullable(),
    warn_at: z.array(z.number()).nullable(),
    on_oversize: z.enum(['refuse', 'clamp']).nullable(),
    ingest_bytes_per_day: z.int().nullable(),
    created_at: time,
    updated_at: time,
    warnings: warningsSchema,
  })
  .meta({ id: 'Tier' });
const tierListSchema = listOf(tierSchema).meta({ id: 'TierList' });
const appliedSchema = z
  .strictObject({
    object: z.literal('tier_apply'),
    name: z.string(),
    keys: z.int().describe('keys of the tier that this answer looked at'),
    changed: z.int(),
    of_other_period: z.int().describe('keys whose period is another one: they kept their cap'),
    has_more: z.boolean(),
    next_cursor: z.string().nullable(),
  })
  .meta({ id: 'TierApply' });

const ASKED = {
  max_spend_usd: 2,
  period: 'month' as const,
  allowed_models: ['deepseek-flash', 'gpt-5-nano'],
  rpm: 20,
};
const TIER = {
  object: 'tier' as const,
  name: 'free',
  names: ['max_spend_usd', 'period', 'allowed_models', 'rpm'],
  cap_micros: 2_000_000,
  period: 'month' as const,
  allowed_models: ['deepseek-flash', 'gpt-5-nano'],
  rpm: 20,
  max_concurrency: null,
  warn_at: null,
  on_oversize: null,
  ingest_bytes_per_day: null,
  created_at: 1_796_000_000_000,
  updated_at: 1_796_000_000_000,
};

export const TIER_PATHS: ZodOpenApiPathsObject = {
  '/v1/tiers': {
    get: {
      ...keys('listTiers', 'List the tiers of the project'),
      ...answers('200', 'Every tier', json(tierListSchema, pageOf(TIER))),
    },
  },
  '/v1/tiers/{name}': {
    get: {
      ...keys('getTier', 'Get a tier'),
      requestParams: path('name'),
      ...answers('200', 'The tier', json(tierSchema, TIER)),
    },
    put: {
      ...keys('putTier', 'Make a tier, or put another in its place'),
      requestParams: path('name'),
      requestBody: json(putTierBody, ASKED),
      ...answers(
        '200',
        'The tier; keys that are made from now on take it, those that are there when it is applied',
        json(tierSchema, TIER),
      ),
    },
    delete: {
      ...keys('deleteTier', 'Delete a tier that no key names'),
      requestParams: { ...path('name'), query: deleteTierQuery },
      ...answers(
        '200',
        'It is gone; its keys keep what they have',
        json(
          z.strictObject({
            object: z.literal('tier'),
            name: z.string(),
            deleted: z.literal(true),
          }),
          { object: 'tier', name: 'free', deleted: true },
        ),
      ),
    },
  },
  '/v1/tiers/{name}/apply': {
    post: {
      ...keys('applyTier', 'Give the keys of a tier its values'),
      requestParams: path('name'),
      requestBody: json(applyTierBody, {}),
      ...answers(
        '200',
        'How many; where has_more is true, ask again with next_cursor',
        json(appliedSchema, {
          object: 'tier_apply',
          name: 'free',
          keys: 412,
          changed: 398,
          of_other_period: 0,
          has_more: false,
          next_cursor: null,
        }),
      ),
    },
  },
};
