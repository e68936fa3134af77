import * as z from 'zod';
import { listOf } from '../../http/lists.ts';
import { KEY_SCOPES } from '../../ledger/domain/key.ts';
import { ENDINGS } from '../../ledger/domain/settlement.ts';
import { USAGE_FIGURES } from '../../ledger/domain/usage.ts';
import { SCOPE_WORDS } from './key-format.ts';
import { warningsSchema } from './warning-format.ts';

const time = z.int().describe('epoch ms, UTC');
const micros = z.int().describe('micro-USD');
const latency = z.int().nullable().describe('ms');
const counts = Object.fromEntries(USAGE_FIGURES.map(({ view }) => [view, z.int()]));
const figures = {
  cost_micros: micros,
  request_count: z.int(),
  errors: z.int(),
  ...counts,
  p50_first_token_ms: latency,
  p95_first_token_ms: latency,
  p50_total_ms: latency,
  p95_total_ms: latency,
};
/** What the native routes answer. The tests hold the real answers to these. */
export const keySchema = z
  .strictObject({
    object: z.literal('key'),
    id: z.string(),
    prefix: z.string(),
    name: z.string(),
    user_id: z.string().nullable(),
    scope: z.enum(KEY_SCOPES).describe(SCOPE_WORDS),
    status: z.enum(['active', 'paused', 'revoked']),
    cap_micros: micros.nullable(),
    spent_micros: micros,
    held_micros: micros,
    available_micros: micros.nullable(),
    period: z.enum(['lifetime', 'day', 'week', 'month']),
    window: z.string(),
    resets_at: time.nullable(),
    warn_at: z.array(z.number()),
    on_oversize: z.enum(['refuse', 'clamp']),
    allowed_models: z.array(z.string()).nullable(),
    tier: z.string().nullable(),
    from_tier: z.array(z.string()).describe('fields that have their value from the tier'),
    ingest_bytes_per_day: z.int().nullable().describe('of a key of scope ingest; else null'),
    rpm: z.int(),
    max_concurrency: z.int(),
    calls_in_flight: z.int(),
    expires_at: time.nullable(),
    cohort: z.record(z.string(), z.string()),
    metadata: z.record(z.string(), z.string()),
    created_at: time,
    revoked_at: time.nullable(),
    warnings: warningsSchema,
  })
  .meta({ id: 'Key' });

export const keyWithSecretSchema = keySchema
  .extend({ secret: z.string().describe('shown once') })
  .meta({ id: 'KeyWithSecret' });

export const callSchema = z
  .strictObject({
    object: z.literal('call'),
    request_id: z.string(),
    key_id: z.string(),
    status: z.enum(ENDINGS),
    model: z.string(),
    provider: z.string(),
    feature: z.string().nullable(),
    thread_id: z.string().nullable().describe('null: it belongs to no thread'),
    cost_micros: micros,
    estimated: z.boolean(),
    usage: z.strictObject(counts),
    started_at: time,
    settled_at: time,
    first_token_ms: latency,
    total_ms: z.int(),
    route: z.string().optional().describe('how a call by a route came to its model'),
  })
  .meta({ id: 'Call' });

export const runningCallSchema = z
  .strictObject({
    object: z.literal('call'),
    request_id: z.string(),
    key_id: z.string(),
    status: z.literal('running'),
    model: z.string(),
    provider: z.string(),
    feature: z.string().nullable(),
    held_micros: micros,
    started_at: time,
    expires_at: time,
  })
  .meta({ id: 'RunningCall' });

export const cancelSchema = z
  .strictObject({
    object: z.literal('call'),
    request_id: z.string(),
    status: z.literal('cancelling'),
  })
  .meta({ id: 'Cancelling' });

const seriesRow = z.strictObject({
  hour: z.string().optional(),
  day: z.string().optional(),
  ...figures,
});

/** One of `group_by`: it is named by the one field that the word asks for. */
export const usageGroup = z
  .looseObject({
    key_id: z.string().optional(),
    user_id: z
      .string()
      .nullable()
      .optional()
      .describe('of user: empty for what is no user’s; of key: its user, or null'),
    name: z.string().nullable().optional().describe('of key'),
    model: z.string().optional(),
    feature: z.string().optional().describe('empty for what has none'),
    thread_id: z.string().optional().describe('empty for what is outside of threads'),
    hour: z.string().optional().describe('its beginning, ISO 8601, UTC'),
    day: z.string().optional().describe('ISO 8601, UTC'),
    ...figures,
    series: z.array(seriesRow).optional().describe('where interval is asked for'),
  })
  .meta({ id: 'UsageGroup', description: 'Of cohort.<name>: `cohort.<name>` is its name too.' });

export const usageSchema = z
  .strictObject({
    object: z.literal('usage'),
    from_ms: time,
    to_ms: time,
    totals: z.strictObject(figures),
    by_key: z.array(
      z.strictObject({
        key_id: z.string(),
        user_id: z.string().nullable(),
        name: z.string().nullable(),
        ...figures,
      }),
    ),
    by_model: z.array(z.strictObject({ model: z.string(), ...figures })),
    by_feature: z.array(z.strictObject({ feature: z.string(), ...figures })),
    series: z.array(seriesRow),
    groups: z
      .array(usageGroup)
      .optional()
      .describe('Each has the name of the word of group_by, and no other one.'),
  })
  .meta({ id: 'Usage' });

export const keyListSchema = listOf(keySchema).meta({ id: 'KeyList' });
export const callListSchema = listOf(callSchema).meta({ id: 'CallList' });
export const healthSchema = z
  .strictObject({ status: z.literal('ok'), version: z.string().describe('of the release') })
  .meta({ id: 'Health' });

export const stageSchema = z
  .strictObject({
    name: z.literal('Sluice'),
    version: z.string().describe('of the release'),
    links: z.record(z.string(), z.string()).describe('paths of this stage'),
  })
  .meta({ id: 'Stage' });

/** Only what the gateway reads; every other field passes to the provider. */
export const modelCallSchema = z
  .looseObject({
    model: z.string(),
    messages: z.array(z.looseObject({ role: z.string() })),
    max_tokens: z.int().optional(),
    stream: z.boolean().optional(),
  })
  .meta({ id: 'ModelCall' });

export const geminiCallSchema = z
  .looseObject({
    contents: z
      .array(z.looseObject({ parts: z.array(z.looseObject({})) }))
      .optional()
      .describe('of everything but :embedContent and :batchEmbedContents'),
    content: z.looseObject({}).optional().describe('of :embedContent'),
    requests: z.array(z.looseObject({})).optional().describe('of :batchEmbedContents'),
    generationConfig: z.looseObject({ maxOutputTokens: z.int().optional() }).optional(),
  })
  .meta({ id: 'GeminiCall' });

export const modelListSchema = z
  .looseObject({ data: z.array(z.looseObject({ id: z.string() })) })
  .meta({ id: 'ModelList' });
export const modelSchema = z.looseObject({ id: z.string() }).meta({ id: 'Model' });
export const googleModelSchema = z.looseObject({ name: z.string() }).meta({ id: 'GoogleModel' });
export const googleModelListSchema = z
  .looseObject({ models: z.array(googleModelSchema), nextPageToken: z.string().optional() })
  .meta({ id: 'GoogleModelList' });
export const tokenCountSchema = z.looseObject({ input_tokens: z.int() }).meta({ id: 'TokenCount' });
