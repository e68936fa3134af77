import * as z from 'zod';
import { queryNumber } from '../../http/query-number.ts';
import { KEY_DEFAULTS, KEY_LIMITS, KEY_SCOPES, keyAsOf } from '../../ledger/domain/key.ts';
import { secretPrefix } from '../../shared/secret.ts';
import { itemKeyText } from '../../http/item-key-text.ts';
import { resetsAtMs } from '../../ledger/domain/window.ts';
import type { KeyRecord } from '../../ledger/ports.ts';
import { microsFloorFromNanoUsd, microsFromNanoUsd, nanoUsdFromUsd } from '../../shared/money.ts';

/** A profile stays far below the 400 KB of an item. */
const WORDS_MAX = 32;

const word = z.string().min(1).max(256);
const wordName = z.string().regex(/^[\w.-]{1,64}$/);
const isShort = (record: object): boolean => Object.keys(record).length <= WORDS_MAX;
const words = z
  .record(wordName, z.string().max(512))
  .refine(isShort, `at most ${WORDS_MAX} entries`);
const nullableWords = z
  .record(wordName, z.string().max(512).nullable())
  .refine(isShort, `at most ${WORDS_MAX} entries`);
export const usd = z
  .union([z.number(), z.string()])
  .refine(
    (value) => nanoUsdFromUsd(value) !== null,
    'dollars from 0 to 9000000 with at most 9 decimals',
  );
export const period = z.enum(['lifetime', 'day', 'week', 'month']);
const cohort = z.strictObject({
  plan: word.optional(),
  signup_at: word.optional(),
  geo: word.optional(),
  source: word.optional(),
});
export const limits = {
  max_spend_usd: usd.nullable().optional(),
  warn_at: z.array(z.number().gt(0).lte(1)).max(10).optional(),
  on_oversize: z.enum(['refuse', 'clamp']).optional(),
  allowed_models: z.array(word).min(1).max(50).nullable().optional(),
  tier: word.nullable().optional(),
  rpm: z.int().min(1).max(KEY_LIMITS.rpmMax).optional(),
  max_concurrency: z.int().min(1).max(KEY_LIMITS.maxConcurrencyMax).optional(),
  expires_at: z.int().min(0).nullable().optional(),
  ingest_bytes_per_day: z.int().min(1).max(KEY_LIMITS.ingestBytesADayMax).optional(),
  cohort: cohort.optional(),
};

/** What each scope is for, as the contract says it. */
export const SCOPE_WORDS =
  'standard calls models; admin manages its project; ingest sends telemetry and nothing else; viewer reads what an admin reads; oncall does, and acts on incidents, silences and steps of runbooks';

/** POST /v1/keys */
export const createKeyBody = z
  .strictObject({
    name: word,
    user_id: itemKeyText.nullable().optional(),
    scope: z.enum(KEY_SCOPES).default('standard').describe(SCOPE_WORDS),
    period: period.optional().describe('absent: as its tier says, else lifetime'),
    ...limits,
    metadata: words.optional(),
  })
  .refine(({ scope, ingest_bytes_per_day: bytes }) => scope === 'ingest' || bytes === undefined, {
    path: ['ingest_bytes_per_day'],
    error: 'only of a key whose scope is ingest',
  });
export type CreateKeyBody = z.infer<typeof createKeyBody>;

/** PATCH /v1/keys/{key_id} */
export const patchKeyBody = z.strictObject({
  name: word.optional(),
  user_id: itemKeyText.nullable().optional(),
  status: z.enum(['active', 'paused']).optional(),
  ...limits,
  metadata: nullableWords.optional(),
});
export type PatchKeyBody = z.infer<typeof patchKeyBody>;

/** POST /v1/keys/{key_id}/rotate */
export const rotateKeyBody = z.strictObject({
  grace_seconds: z.int().min(0).max(2_592_000).default(0),
});

/** GET /v1/keys */
export const listKeysQuery = z
  .strictObject({
    user_id: itemKeyText.optional(),
    name: word.optional(),
    status: z.enum(['active', 'paused', 'revoked']).optional(),
    limit: queryNumber(1, 100).default(50),
    cursor: z.string().max(512).optional(),
  })
  .catchall(z.string().max(512));

/** null stays null (no cap); text that passed the schema always converts. */
export const capOf = (value: number | string | null | undefined): number | null =>
  value === undefined || value === null ? null : nanoUsdFromUsd(value);

export const defaultsOf = (body: CreateKeyBody) => ({
  rpm: body.rpm ?? KEY_DEFAULTS.rpm,
  maxConcurrency: body.max_concurrency ?? KEY_DEFAULTS.maxConcurrency,
  warnAt: body.warn_at ?? [...KEY_DEFAULTS.warnAt],
  onOversize: body.on_oversize ?? 'refuse',
});

/** A key on the wire: never its secret. */
export const keyView = (
  { state, profile }: KeyRecord,
  mode: 'live' | 'test',
  nowMs: number,
): object => {
  const now = keyAsOf(state, nowMs);
  return {
    object: 'key',
    id: now.keyId,
    prefix: secretPrefix(now.keyId, mode),
    name: profile.name,
    user_id: profile.userId,
    scope: now.scope,
    status: now.status,
    cap_micros: now.capNanoUsd === null ? null : microsFloorFromNanoUsd(now.capNanoUsd),
    spent_micros: microsFromNanoUsd(now.spentNanoUsd),
    held_micros: microsFromNanoUsd(now.heldNanoUsd),
    available_micros: now.capNanoUsd === null ? null : microsFloorFromNanoUsd(now.availableNanoUsd),
    period: now.period,
    window: now.window,
    resets_at: resetsAtMs(now.period, nowMs),
    warn_at: now.warnAt,
    on_oversize: now.onOversize,
    allowed_models: now.allowedModels,
    tier: now.tier,
    from_tier: now.sources?.ofTier.toSorted() ?? [],
    ingest_bytes_per_day: now.scope === 'ingest' ? now.ingestBytesADay : null,
    rpm: now.rpm,
    max_concurrency: now.maxConcurrency,
    calls_in_flight: now.holdCount,
    expires_at: now.expiresAtMs,
    cohort: profile.cohort,
    metadata: profile.metadata,
    created_at: profile.createdAtMs,
    revoked_at: profile.revokedAtMs,
  };
};
