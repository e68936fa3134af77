import * as z from 'zod';
import {
  TIER_FIELDS,
  isTierField,
  type Tier,
  type TierField,
  type TierValues,
} from '../../ledger/domain/tier.ts';
import { microsFloorFromNanoUsd } from '../../shared/money.ts';
import { capOf, limits, period } from './key-format.ts';

/** As a key names it, and as it stands in a path. */
export const tierName = z.string().regex(/^[\w.-]{1,64}$/, 'letters, digits, . _ and -');

const { max_spend_usd, allowed_models, rpm, max_concurrency, warn_at, on_oversize } = limits;

/** PUT /v1/tiers/{name}: the tier whole. A field that is absent is none of the tier's. */
export const putTierBody = z.strictObject({
  max_spend_usd: max_spend_usd.describe('null: no cap'),
  period: period
    .optional()
    .describe('for keys that are made from now on: the period of a key never changes'),
  allowed_models,
  rpm,
  max_concurrency,
  warn_at,
  on_oversize,
  ingest_bytes_per_day: limits.ingest_bytes_per_day.describe('for keys of scope ingest'),
});
export type PutTierBody = z.infer<typeof putTierBody>;

/** DELETE /v1/tiers/{name} */
export const deleteTierQuery = z.strictObject({
  force: z.enum(['true', 'false']).default('false').describe('though keys name it'),
});

/** POST /v1/tiers/{name}/apply */
export const applyTierBody = z.strictObject({
  cursor: z.string().max(512).optional().describe('next_cursor of the answer before'),
});

export const tierValuesOf = (body: PutTierBody): TierValues => ({
  ...(body.max_spend_usd === undefined ? {} : { capNanoUsd: capOf(body.max_spend_usd) }),
  ...(body.period === undefined ? {} : { period: body.period }),
  ...(body.allowed_models === undefined ? {} : { allowedModels: body.allowed_models }),
  ...(body.rpm === undefined ? {} : { rpm: body.rpm }),
  ...(body.max_concurrency === undefined ? {} : { maxConcurrency: body.max_concurrency }),
  ...(body.warn_at === undefined ? {} : { warnAt: body.warn_at }),
  ...(body.on_oversize === undefined ? {} : { onOversize: body.on_oversize }),
  ...(body.ingest_bytes_per_day === undefined
    ? {}
    : { ingestBytesADay: body.ingest_bytes_per_day }),
});

/** The fields of a body that a key could have from its tier, and that it names itself. */
export const namedFields = (body: Readonly<Record<string, unknown>>): readonly TierField[] =>
  Object.keys(TIER_FIELDS)
    .filter(isTierField)
    .filter((field) => body[field] !== undefined);

/** A tier on the wire: `cap_micros` as a key shows it. */
export const tierView = ({ name, values, createdAtMs, updatedAtMs }: Tier) => {
  const { capNanoUsd, allowedModels } = values;
  return {
    object: 'tier' as const,
    name,
    names: Object.keys(TIER_FIELDS)
      .filter(isTierField)
      .filter((field) => values[TIER_FIELDS[field]] !== undefined),
    cap_micros: typeof capNanoUsd === 'number' ? microsFloorFromNanoUsd(capNanoUsd) : null,
    period: values.period ?? null,
    allowed_models: allowedModels ?? null,
    rpm: values.rpm ?? null,
    max_concurrency: values.maxConcurrency ?? null,
    warn_at: values.warnAt ?? null,
    on_oversize: values.onOversize ?? null,
    ingest_bytes_per_day: values.ingestBytesADay ?? null,
    created_at: createdAtMs,
    updated_at: updatedAtMs,
  };
};
