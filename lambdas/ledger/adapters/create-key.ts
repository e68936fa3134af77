import type { Item, ItemKey, Tables, Write } from '../../platform/tables/tables.ts';
import { timers } from '../../platform/timers.ts';
import { AppError } from '../../shared/app-error.ts';
import { UNCAPPED_NANO_USD } from '../../shared/money.ts';
import { packSources } from '../domain/tier.ts';
import { windowOf } from '../domain/window.ts';
import type { KeyRecord, NewKey } from '../ports.ts';
import { SWEEP_SHARDS } from './dynamo-spend-ledger.ts';
import { ITEM_SCHEMA } from './item-schema.ts';
import { keyStateOf, type KeyItem } from './key-item.ts';
import { keyPut } from './key-update.ts';
import { stateKey } from './ledger-expressions.ts';
import { profileKey, profileRow } from './profile-row.ts';
import { askedShardKey, boundKey, projectShardOf, shardUnchanged } from './project-shard.ts';
import { youngPut } from './young-keys.ts';

/** Keys that are made at once ask the same few items. */
const TRIES_MAX = 10;
const PAUSE_MS = 10;

export interface CreateKeyDeps {
  readonly tables: Tables;
  readonly pause?: (ms: number) => Promise<void>;
}

/**
 * A key of a project with a cap is bound to it from its first moment: the transaction is refused when the cap was set or
 * removed since it was read.
 */
export const createKey = async (deps: CreateKeyDeps, key: NewKey): Promise<KeyRecord> => {
  const pause = deps.pause ?? (async (ms: number) => await timers.sleep(ms));
  const asked = askedShardKey(key.projectId, key.keyId);
  const cap = key.capNanoUsd ?? UNCAPPED_NANO_USD;
  const item = {
    key_id: key.keyId,
    project_id: key.projectId,
    user_id: key.profile.userId,
    secret_hash: key.secretHash,
    status: 'active' as const,
    scope: key.scope,
    valid_until: key.expiresAtMs ?? Number.MAX_SAFE_INTEGER,
    ...(key.allowedModels === null ? {} : { models: [...key.allowedModels] }),
    cap,
    period: key.period,
    window: windowOf(key.period, key.nowMs),
    available: cap,
    spent: 0,
    holds: {},
    rate: {},
    rpm: key.rpm,
    max_concurrency: key.maxConcurrency,
    warn_at: [...key.warnAt],
    ...(key.onOversize === undefined ? {} : { on_oversize: key.onOversize }),
    tier: key.tier,
    ...(key.sources === undefined ? {} : { sources: packSources(key.sources) }),
    ...(key.ingestBytesADay === undefined ? {} : { ingest_bytes: key.ingestBytesADay }),
    write: 'admin',
    schema: ITEM_SCHEMA,
  } satisfies KeyItem;
  const sweepShard = `SWEEP#${Array.from(key.keyId).reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % SWEEP_SHARDS}`;
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const stored = await deps.tables.get('keys', asked);
    const shard = stored === null ? null : projectShardOf(stored);
    const bound = shard?.isOn === true ? { ...item, ...boundKey(shard) } : item;
    const outcome = await deps.tables.transact([
      newItem(stateKey(key.keyId), { ...bound, sweep_shard: sweepShard }),
      newItem(profileKey(key.keyId), profileRow(key.profile)),
      shardUnchanged(asked, shard),
      youngPut(key.profile),
    ]);
    if (outcome.kind === 'written') return { state: keyStateOf(bound), profile: key.profile };
    if (outcome.items[0] !== undefined || outcome.items[1] !== undefined)
      throw new AppError({ code: 'conflict', publicMessage: 'This key id exists already.' });
    await pause(PAUSE_MS * (tries + 1));
  }
  throw new AppError({ code: 'storage_unavailable', publicMessage: 'The project is too busy.' });
};

const newItem = (key: ItemKey, item: Item): Write =>
  keyPut(key, item, { condition: 'attribute_not_exists(pk)' });
