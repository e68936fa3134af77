import type { KeyItem } from '../../lambdas/ledger/adapters/key-item.ts';
import type { HoldRequest, NewKey } from '../../lambdas/ledger/ports.ts';
import { NO_TOKENS, type Settlement } from '../../lambdas/ledger/domain/usage.ts';
import type { Item, TableName, Tables } from '../../lambdas/platform/tables/tables.ts';
import { windowOf } from '../../lambdas/ledger/domain/window.ts';

/** An item as it is, whatever is there. */
export const placeItem = async (
  tables: Tables,
  item: Item,
  table: TableName = 'keys',
): Promise<void> => {
  const key = { pk: String(item['pk']), sk: String(item['sk']) };
  await tables.write({ kind: 'put', table, key, item });
};

export const KEY_ID = 'key_aaaaaaaaaaaaaaaa';

export const stateItem = (fields: Partial<KeyItem>, nowMs: number) => {
  const cap = fields.cap ?? 1_000;
  const period = fields.period ?? 'lifetime';
  return {
    pk: `KEY#${KEY_ID}`,
    sk: 'STATE',
    key_id: KEY_ID,
    project_id: 'project_default',
    secret_hash: 'hash',
    status: 'active',
    scope: 'standard',
    valid_until: Number.MAX_SAFE_INTEGER,
    cap,
    period,
    window: windowOf(period, nowMs),
    available: cap,
    spent: 0,
    holds: {},
    rate: {},
    rpm: 100_000,
    max_concurrency: 1_000,
    warn_at: [0.8],
    tier: null,
    sweep_shard: 'SWEEP#0',
    ...fields,
  };
};

export const holdRequest = (holdId: string, amountNanoUsd: number, nowMs: number): HoldRequest => ({
  keyId: KEY_ID,
  secretHash: 'hash',
  holdId,
  amountNanoUsd,
  model: 'gpt-4o-mini',
  provider: 'openai',
  feature: null,
  nowMs,
  expiresAtMs: nowMs + 60_000,
});

export const settlementOf = (holdId: string, costNanoUsd: number, nowMs: number): Settlement => ({
  holdId,
  requestId: `req_${holdId}`,
  keyId: KEY_ID,
  projectId: 'project_default',
  model: 'gpt-4o-mini',
  provider: 'openai',
  tokens: NO_TOKENS,
  costNanoUsd,
  estimated: false,
  status: costNanoUsd === 0 ? 'released' : 'completed',
  startedAtMs: nowMs,
  settledAtMs: nowMs,
  firstTokenMs: null,
  totalMs: 1,
  feature: null,
  threadId: null,
  endUserId: null,
});

export const PROJECT = 'project_default';

export const newKey = ({
  profile,
  ...fields
}: Partial<Omit<NewKey, 'profile'>> & { profile?: Partial<NewKey['profile']> }): NewKey => {
  const keyId = fields.keyId ?? KEY_ID;
  const projectId = fields.projectId ?? PROJECT;
  const nowMs = fields.nowMs ?? 0;
  return {
    keyId,
    projectId,
    secretHash: 'hash',
    scope: 'standard',
    capNanoUsd: 1_000,
    period: 'lifetime',
    allowedModels: null,
    tier: null,
    rpm: 100_000,
    maxConcurrency: 1_000,
    warnAt: [0.8],
    expiresAtMs: null,
    nowMs,
    ...fields,
    profile: {
      keyId,
      projectId,
      name: 'key',
      userId: null,
      cohort: {},
      metadata: {},
      createdAtMs: nowMs,
      revokedAtMs: null,
      ...profile,
    },
  };
};
