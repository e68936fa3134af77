import type { Tables } from '../../platform/tables/tables.ts';
import { AppError } from '../../shared/app-error.ts';
import { isKeyId } from '../../shared/ids.ts';
import { UNCAPPED_NANO_USD } from '../../shared/money.ts';
import type { KeyProfile, KeyState } from '../domain/key.ts';
import { packSources } from '../domain/tier.ts';
import type { KeyPatch, KeyRecord, KeyRegister } from '../ports.ts';
import { createKey } from './create-key.ts';
import { dynamoKeyDoor } from './dynamo-key-door.ts';
import { keyItem, keyStateOf } from './key-item.ts';
import { keyUpdate } from './key-update.ts';
import { stateKey } from './ledger-expressions.ts';
import { everyProfile, listKeys } from './list-keys.ts';
import { profileItem, profileKey, profileOf, userKey } from './profile-row.ts';

const PATCH_TRIES_MAX = 20;

export interface KeyRegisterDeps {
  readonly tables: Tables;
  /** Before a step that met another one is tried again. */
  readonly pause?: (ms: number) => Promise<void>;
}

export const dynamoKeyRegister = (deps: KeyRegisterDeps): KeyRegister => ({
  ...dynamoKeyDoor(deps),
  create: async (key) => await createKey(deps, key),
  get: async (projectId, keyId) => await read(deps, projectId, keyId),
  profiles: async (projectId, keyIds) => {
    const found = await deps.tables.getMany('keys', keyIds.map(profileKey));
    const profiles = found.map((item) => profileOf(profileItem.parse(item)));
    return new Map(
      profiles
        .filter((profile) => profile.projectId === projectId)
        .map((profile) => [profile.keyId, profile] as const),
    );
  },
  everyProfile: async (projectId) => await everyProfile(deps.tables, projectId),
  list: async (query) => await listKeys(deps.tables, query),
  patch: async (projectId, keyId, patch, nowMs) =>
    await patchKey(deps, projectId, keyId, patch, nowMs),
  rotate: async (projectId, keyId, secretHash, graceUntilMs) => {
    const record = await change(deps, projectId, keyId, {
      condition: '#status <> :revoked AND secret_hash <> :hash',
      update:
        'SET old_secret_hash = secret_hash, old_secret_until = :until, secret_hash = :hash, #write = :kind',
      names: { '#status': 'status' },
      values: { ':until': graceUntilMs, ':hash': secretHash, ':revoked': 'revoked' },
    });
    if (record !== null) return record;
    const refused = await read(deps, projectId, keyId);
    if (refused?.state.status === 'revoked') throw revokedStays();
    // The secret is there already: the write was repeated, as its first answer had been lost.
    return refused;
  },
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

const read = async (
  deps: KeyRegisterDeps,
  projectId: string,
  keyId: string,
): Promise<KeyRecord | null> => {
  if (!isKeyId(keyId)) return null;
  const [state, profile] = await Promise.all([
    deps.tables.get('keys', stateKey(keyId)),
    deps.tables.get('keys', profileKey(keyId)),
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
  if (!isKeyId(keyId)) return null;
  const outcome = await deps.tables.update(
    keyUpdate({
      key: stateKey(keyId),
      condition: ['project_id = :project', ...(condition === undefined ? [] : [condition])].join(
        ' AND ',
      ),
      update,
      names: { ...names, '#write': 'write' },
      values: { ...values, ':project': projectId, ':kind': 'admin' },
    }),
  );
  return outcome.kind === 'refused' ? null : await read(deps, projectId, keyId);
};

const revokedStays = (): AppError =>
  new AppError({ code: 'conflict', publicMessage: 'A revoked key stays revoked.' });

const patchKey = async (
  deps: KeyRegisterDeps,
  projectId: string,
  keyId: string,
  asked: KeyPatch | ((key: KeyState) => KeyPatch),
  nowMs: number,
): Promise<KeyRecord | null> => {
  for (let tries = 0; tries < PATCH_TRIES_MAX; tries++) {
    const record = await read(deps, projectId, keyId);
    if (record === null) return null;
    if (record.state.status === 'revoked') throw revokedStays();
    const patch = typeof asked === 'function' ? asked(record.state) : asked;
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
  if (patch.sources !== undefined) put('sources', packSources(patch.sources));
  // What a patch was made from: another one in between may have named a field.
  if (state.sources !== null) values[':old_sources'] = packSources(state.sources);
  put('user_id', patch.userId);
  put('rpm', patch.rpm);
  put('max_concurrency', patch.maxConcurrency);
  put('warn_at', patch.warnAt);
  put('on_oversize', patch.onOversize);
  put('ingest_bytes', patch.ingestBytesADay);
  if (patch.expiresAtMs !== undefined)
    put('valid_until', patch.expiresAtMs ?? Number.MAX_SAFE_INTEGER);
  if (patch.status !== undefined) {
    sets.push('#status = :new_status');
    values[':new_status'] = patch.status;
  }
  const remove = removes.length === 0 ? '' : ` REMOVE ${removes.join(', ')}`;
  return {
    update: `SET ${sets.join(', ')}${remove}`,
    condition: `cap = :old_cap AND #status = :active AND ${
      state.sources === null ? 'attribute_not_exists(sources)' : 'sources = :old_sources'
    }`,
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
  await deps.tables.update(
    keyUpdate({
      key: profileKey(keyId),
      condition: 'project_id = :project',
      update,
      names: Object.fromEntries(used.map((name) => [`#${name}`, name])),
      values: { ...values, ':project': projectId },
    }),
  );
};
