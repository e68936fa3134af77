import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  QueryCommand,
  TransactWriteCommand,
  type DynamoDBDocumentClient,
} from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { stored } from '../../platform/storage.ts';
import { AppError } from '../../shared/app-error.ts';
import { decodeCursor, encodeCursor } from '../../shared/cursor.ts';
import { UNCAPPED_NANO_USD } from '../../shared/money.ts';
import type { KeyProfile } from '../domain/key.ts';
import { windowOf } from '../domain/window.ts';
import type { KeyPatch, KeyQuery, KeyRecord, KeyRegister, NewKey } from '../ports.ts';
import { SWEEP_SHARDS } from './dynamo-spend-ledger.ts';
import { keyItem, keyStateOf, type KeyItem } from './key-item.ts';
import { stateKey } from './ledger-expressions.ts';
import type { KeysTable } from './keys-table.ts';

const PATCH_TRIES_MAX = 20;
const PAGES_MAX = 20;

export interface KeyRegisterDeps {
  readonly table: KeysTable;
  readonly client: DynamoDBDocumentClient;
  readonly keysTable: string;
}

const profileItem = z.object({
  key_id: z.string(),
  project_id: z.string(),
  name: z.string(),
  user_id: z.string().nullable(),
  cohort: z.record(z.string(), z.string()),
  metadata: z.record(z.string(), z.string()),
  created_at: z.number(),
  revoked_at: z.number().nullable(),
  list_sk: z.string(),
});

const profileKey = (keyId: string) => ({ pk: `KEY#${keyId}`, sk: 'PROFILE' });
const projectKey = (projectId: string): string => `PROJECT#${projectId}`;
const userKey = (projectId: string, userId: string): string =>
  `PROJECT#${projectId}#USER#${userId}`;

export const dynamoKeyRegister = (deps: KeyRegisterDeps): KeyRegister => ({
  authenticate: async (credential, nowMs) => {
    const stored = await deps.table.get(...keyOf(credential.keyId));
    const item = stored === null ? null : keyItem.parse(stored);
    if (item === null) return { kind: 'refused', reason: 'invalid_key' };
    const matches =
      item.secret_hash === credential.secretHash ||
      (item.old_secret_hash === credential.secretHash && (item.old_secret_until ?? 0) > nowMs);
    if (!matches) return { kind: 'refused', reason: 'invalid_key' };
    if (item.status !== 'active') return { kind: 'refused', reason: item.status };
    if (item.valid_until <= nowMs) return { kind: 'refused', reason: 'expired' };
    return { kind: 'authenticated', key: keyStateOf(item) };
  },
  create: async (key) => await create(deps, key),
  get: async (projectId, keyId) => await read(deps, projectId, keyId),
  list: async (query) => await list(deps, query),
  patch: async (projectId, keyId, patch, nowMs) =>
    await patchKey(deps, projectId, keyId, patch, nowMs),
  rotate: async (projectId, keyId, secretHash, graceUntilMs) =>
    await change(deps, projectId, keyId, {
      update:
        'SET old_secret_hash = secret_hash, old_secret_until = :until, secret_hash = :hash, #write = :kind',
      values: { ':until': graceUntilMs, ':hash': secretHash },
    }),
  revoke: async (projectId, keyId, nowMs) => {
    const record = await change(deps, projectId, keyId, {
      update: 'SET #status = :revoked, #write = :kind',
      names: { '#status': 'status' },
      values: { ':revoked': 'revoked' },
    });
    if (record === null) return null;
    await writeProfile(deps, projectId, keyId, 'SET revoked_at = :now', {
      ':now': record.profile.revokedAtMs ?? nowMs,
    });
    return await read(deps, projectId, keyId);
  },
});

const keyOf = (keyId: string): [string, string] => [stateKey(keyId).pk, stateKey(keyId).sk];

const create = async (deps: KeyRegisterDeps, key: NewKey): Promise<KeyRecord> => {
  const cap = key.capNanoUsd ?? UNCAPPED_NANO_USD;
  const item = {
    key_id: key.keyId,
    project_id: key.projectId,
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
    tier: key.tier,
    write: 'admin',
  } satisfies KeyItem;
  const shard = `SWEEP#${Array.from(key.keyId).reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % SWEEP_SHARDS}`;
  const isNew = 'attribute_not_exists(pk)';
  const puts = [
    { ...stateKey(key.keyId), ...item, sweep_shard: shard },
    { ...profileKey(key.keyId), ...profileRow(key.profile) },
  ];
  try {
    await stored(
      async () =>
        await deps.client.send(
          new TransactWriteCommand({
            TransactItems: puts.map((Item) => ({
              Put: { TableName: deps.keysTable, Item, ConditionExpression: isNew },
            })),
          }),
        ),
    );
  } catch (error) {
    if (!(error instanceof TransactionCanceledException)) throw error;
    throw new AppError({ code: 'conflict', publicMessage: 'This key id exists already.' });
  }
  return { state: keyStateOf(item), profile: key.profile };
};

const profileRow = (profile: KeyProfile) => ({
  key_id: profile.keyId,
  project_id: profile.projectId,
  name: profile.name,
  user_id: profile.userId,
  cohort: profile.cohort,
  metadata: profile.metadata,
  created_at: profile.createdAtMs,
  revoked_at: profile.revokedAtMs,
  list_pk: projectKey(profile.projectId),
  list_sk: `${String(profile.createdAtMs).padStart(13, '0')}#${profile.keyId}`,
  ...(profile.userId === null ? {} : { user_pk: userKey(profile.projectId, profile.userId) }),
});

const profileOf = (row: z.infer<typeof profileItem>): KeyProfile => ({
  keyId: row.key_id,
  projectId: row.project_id,
  name: row.name,
  userId: row.user_id,
  cohort: row.cohort,
  metadata: row.metadata,
  createdAtMs: row.created_at,
  revokedAtMs: row.revoked_at,
});

const read = async (
  deps: KeyRegisterDeps,
  projectId: string,
  keyId: string,
): Promise<KeyRecord | null> => {
  const [state, profile] = await Promise.all([
    deps.table.get(...keyOf(keyId)),
    deps.table.get(profileKey(keyId).pk, 'PROFILE'),
  ]);
  if (state === null || profile === null) return null;
  const item = keyItem.parse(state);
  if (item.project_id !== projectId) return null;
  return { state: keyStateOf(item), profile: profileOf(profileItem.parse(profile)) };
};

interface Change {
  readonly update: string;
  readonly condition?: string;
  readonly names?: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, unknown>>;
}

/** One admin write on a key of this project; null when there is none, or its extra condition failed. */
const change = async (
  deps: KeyRegisterDeps,
  projectId: string,
  keyId: string,
  { update, condition, names, values }: Change,
): Promise<KeyRecord | null> => {
  const outcome = await deps.table.update({
    key: stateKey(keyId),
    condition: ['project_id = :project', ...(condition === undefined ? [] : [condition])].join(
      ' AND ',
    ),
    update,
    names: { ...names, '#write': 'write' },
    values: { ...values, ':project': projectId, ':kind': 'admin' },
  });
  return outcome.kind === 'refused' ? null : await read(deps, projectId, keyId);
};

const patchKey = async (
  deps: KeyRegisterDeps,
  projectId: string,
  keyId: string,
  patch: KeyPatch,
  nowMs: number,
): Promise<KeyRecord | null> => {
  for (let tries = 0; tries < PATCH_TRIES_MAX; tries++) {
    const record = await read(deps, projectId, keyId);
    if (record === null) return null;
    if (record.state.status === 'revoked')
      throw new AppError({ code: 'conflict', publicMessage: 'A revoked key stays revoked.' });
    const changed = await change(deps, projectId, keyId, statePatch(record, patch));
    if (changed === null) continue;
    await patchProfile(deps, projectId, keyId, record.profile, patch);
    return await read(deps, projectId, keyId);
  }
  throw new AppError({
    code: 'storage_unavailable',
    publicMessage: 'The key changes too fast; try again.',
    internal: `patch of ${keyId} at ${nowMs}`,
  });
};

/** A new cap moves `available` by the same amount, on condition that the cap is the one that was read. */
const statePatch = ({ state }: KeyRecord, patch: KeyPatch): Change => {
  const sets = ['#write = :kind'];
  const removes: string[] = [];
  const values: Record<string, unknown> = { ':active': state.status };
  const put = (name: string, value: unknown): void => {
    if (value === undefined) return;
    sets.push(`${name} = :${name}`);
    values[`:${name}`] = value;
  };
  if (patch.capNanoUsd !== undefined) {
    const cap = patch.capNanoUsd ?? UNCAPPED_NANO_USD;
    sets.push('cap = :cap', 'available = available + :delta');
    values[':cap'] = cap;
    values[':delta'] = cap - (state.capNanoUsd ?? UNCAPPED_NANO_USD);
  }
  values[':old_cap'] = state.capNanoUsd ?? UNCAPPED_NANO_USD;
  if (patch.allowedModels === null) removes.push('models');
  else put('models', patch.allowedModels);
  put('tier', patch.tier);
  put('rpm', patch.rpm);
  put('max_concurrency', patch.maxConcurrency);
  put('warn_at', patch.warnAt);
  if (patch.expiresAtMs !== undefined)
    put('valid_until', patch.expiresAtMs ?? Number.MAX_SAFE_INTEGER);
  if (patch.status !== undefined) {
    sets.push('#status = :new_status');
    values[':new_status'] = patch.status;
  }
  const remove = removes.length === 0 ? '' : ` REMOVE ${removes.join(', ')}`;
  return {
    update: `SET ${sets.join(', ')}${remove}`,
    condition: 'cap = :old_cap AND #status = :active',
    names: { '#status': 'status' },
    values,
  };
};

const patchProfile = async (
  deps: KeyRegisterDeps,
  projectId: string,
  keyId: string,
  profile: KeyProfile,
  patch: KeyPatch,
): Promise<void> => {
  const sets: string[] = [];
  const removes: string[] = [];
  const values: Record<string, unknown> = {};
  const put = (name: string, value: unknown): void => {
    sets.push(`#${name} = :${name}`);
    values[`:${name}`] = value;
  };
  if (patch.name !== undefined) put('name', patch.name);
  if (patch.cohort !== undefined) put('cohort', { ...profile.cohort, ...patch.cohort });
  if (patch.metadata !== undefined) {
    const merged = Object.entries({ ...profile.metadata, ...patch.metadata });
    put('metadata', Object.fromEntries(merged.filter(([, value]) => value !== null)));
  }
  if (patch.userId !== undefined) {
    put('user_id', patch.userId);
    if (patch.userId === null) removes.push('#user_pk');
    else put('user_pk', userKey(projectId, patch.userId));
  }
  if (sets.length === 0) return;
  const remove = removes.length === 0 ? '' : ` REMOVE ${removes.join(', ')}`;
  await writeProfile(deps, projectId, keyId, `SET ${sets.join(', ')}${remove}`, values);
};

const writeProfile = async (
  deps: KeyRegisterDeps,
  projectId: string,
  keyId: string,
  update: string,
  values: Readonly<Record<string, unknown>>,
): Promise<void> => {
  const used = [...update.matchAll(/#(\w+)/g)].map(([, name]) => name ?? '');
  await deps.table.update({
    key: profileKey(keyId),
    condition: 'project_id = :project',
    update,
    names: Object.fromEntries(used.map((name) => [`#${name}`, name])),
    values: { ...values, ':project': projectId },
  });
};

/** Newest first. Filters that are not keys of an index are applied page by page until `limit` keys match. */
const list = async (
  deps: KeyRegisterDeps,
  query: KeyQuery,
): Promise<{ records: readonly KeyRecord[]; nextCursor: string | null }> => {
  const records: KeyRecord[] = [];
  let before = query.cursor === null ? null : (decodeCursor(query.cursor, 1)[0] ?? null);
  for (let page = 0; page < PAGES_MAX && records.length < query.limit; page++) {
    const rows = await profilePage(deps, query, before);
    const matching = await withStates(
      deps,
      rows.filter((row) => matches(row, query)),
      query,
    );
    for (const { record, place } of matching) {
      if (records.length === query.limit)
        return { records, nextCursor: encodeCursor([before ?? place]) };
      records.push(record);
      before = place;
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < query.limit) return { records, nextCursor: null };
    if (records.length < query.limit) before = last.list_sk;
  }
  return { records, nextCursor: before === null ? null : encodeCursor([before]) };
};

const profilePage = async (deps: KeyRegisterDeps, query: KeyQuery, before: string | null) => {
  const byUser = query.userId !== undefined;
  const answer = await stored(
    async () =>
      await deps.client.send(
        new QueryCommand({
          TableName: deps.keysTable,
          IndexName: byUser ? 'by_user' : 'by_project',
          KeyConditionExpression: `${byUser ? 'user_pk' : 'list_pk'} = :list AND list_sk < :before`,
          ExpressionAttributeValues: {
            ':list': byUser
              ? userKey(query.projectId, query.userId ?? '')
              : projectKey(query.projectId),
            ':before': before ?? '~',
          },
          ScanIndexForward: false,
          Limit: query.limit,
        }),
      ),
  );
  return (answer.Items ?? []).map((row) => profileItem.parse(row));
};

const matches = (row: z.infer<typeof profileItem>, query: KeyQuery): boolean =>
  (query.name === undefined || row.name.toLowerCase().includes(query.name.toLowerCase())) &&
  Object.entries(query.metadata).every(([name, value]) => row.metadata[name] === value);

/** The states of one page of profiles in one read; pages are at most 100 keys, DynamoDB's limit for a batch. */
const withStates = async (
  deps: KeyRegisterDeps,
  rows: readonly z.infer<typeof profileItem>[],
  query: KeyQuery,
) => {
  if (rows.length === 0) return [];
  const answer = await stored(
    async () =>
      await deps.client.send(
        new BatchGetCommand({
          RequestItems: {
            [deps.keysTable]: {
              Keys: rows.map((row) => stateKey(row.key_id)),
              ConsistentRead: true,
            },
          },
        }),
      ),
  );
  const states = new Map(
    (answer.Responses?.[deps.keysTable] ?? []).map((found) => {
      const item = keyItem.parse(found);
      return [item.key_id, keyStateOf(item)] as const;
    }),
  );
  return rows.flatMap((row) => {
    const state = states.get(row.key_id);
    if (state === undefined || (query.status !== undefined && state.status !== query.status))
      return [];
    return [{ record: { state, profile: profileOf(row) }, place: row.list_sk }];
  });
};
