import * as z from 'zod';
import { assert } from '../../shared/assert.ts';
import { UNCAPPED_NANO_USD } from '../../shared/money.ts';
import { KEY_DEFAULTS, KEY_SCOPES, type KeyState } from '../domain/key.ts';
import { unpackHold, type PackedHold } from '../domain/hold.ts';
import { settlementSchema } from '../domain/settlement.ts';
import { unpackSources } from '../domain/tier.ts';
import { windowOf } from '../domain/window.ts';

/**
 * What a hold reads of a key's `STATE` item: all but its last settlement, which is half of the item and says nothing
 * about money that is left. Money in nano-USD, times in epoch ms.
 */
export const balanceItem = z.object({
  key_id: z.string(),
  project_id: z.string(),
  user_id: z.string().nullish(),
  secret_hash: z.string(),
  old_secret_hash: z.string().optional(),
  old_secret_until: z.number().optional(),
  status: z.enum(['active', 'paused', 'revoked']),
  scope: z.enum(KEY_SCOPES),
  valid_until: z.number(),
  models: z.array(z.string()).optional(),
  cap: z.number(),
  period: z.enum(['lifetime', 'day', 'week', 'month']),
  window: z.string(),
  available: z.number(),
  spent: z.number(),
  holds: z.record(z.string(), z.string()),
  /** Only while the project has a cap: what each hold took of it, and the budget that the key knows of. */
  project_holds: z.record(z.string(), z.string()).optional(),
  project_epoch: z.number().optional(),
  rate: z.record(z.string(), z.number()),
  rpm: z.number(),
  max_concurrency: z.number(),
  warn_at: z.array(z.number()),
  /** Absent: refuse. */
  on_oversize: z.enum(['refuse', 'clamp']).optional(),
  tier: z.string().nullable(),
  sources: z.string().optional(),
  /** Absent: the default. */
  ingest_bytes: z.number().optional(),
  sweep_at: z.number().optional(),
  write: z.string().optional(),
  /** Items from before it have none. */
  schema: z.number().optional(),
});
export type BalanceItem = z.infer<typeof balanceItem>;

/** The `STATE` item of a key, as stored. */
export const keyItem = balanceItem.extend({ last: settlementSchema.optional() });
export type KeyItem = z.infer<typeof keyItem>;

/** The budget period a stored hold took its money from. */
export const windowOfHold = (item: BalanceItem, hold: PackedHold): string =>
  hold.window ?? windowOf(item.period, hold.heldAtMs);

/** Reads an item and checks `available = cap - spent - sum(holds of the current window)`. */
export const keyStateOf = (item: BalanceItem): KeyState => {
  let held = 0;
  for (const packed of Object.values(item.holds)) {
    const hold = unpackHold(packed);
    if (windowOfHold(item, hold) === item.window) held += hold.amountNanoUsd;
  }
  assert(
    item.available === item.cap - item.spent - held,
    `key ${item.key_id}: available is not cap - spent - held`,
  );
  return {
    keyId: item.key_id,
    projectId: item.project_id,
    userId: item.user_id ?? null,
    scope: item.scope,
    status: item.status,
    allowedModels: item.models ?? null,
    capNanoUsd: item.cap === UNCAPPED_NANO_USD ? null : item.cap,
    isProjectCapped: item.project_holds !== undefined,
    period: item.period,
    window: item.window,
    availableNanoUsd: item.available,
    spentNanoUsd: item.spent,
    heldNanoUsd: held,
    holdCount: Object.keys(item.holds).length,
    rpm: item.rpm,
    maxConcurrency: item.max_concurrency,
    expiresAtMs: item.valid_until === Number.MAX_SAFE_INTEGER ? null : item.valid_until,
    warnAt: item.warn_at,
    onOversize: item.on_oversize ?? 'refuse',
    tier: item.tier,
    sources: item.sources === undefined ? null : unpackSources(item.sources),
    ingestBytesADay: item.ingest_bytes ?? KEY_DEFAULTS.ingestBytesADay,
  };
};
