import { hashSecret, mintSecret } from '../../shared/secret.ts';
import type { KeyPatch, KeyRecord, KeyRegister } from '../../ledger/ports.ts';
import { AppError } from '../../shared/app-error.ts';
import { newKeyId } from '../../shared/ids.ts';
import { namedFields } from '../formats/tier-format.ts';
import { tierPatch } from './manage-tiers.ts';
import { valuesForNew, type Tier, type TierField } from '../../ledger/domain/tier.ts';
import type { KeyState } from '../../ledger/domain/key.ts';
import type { TierStore } from '../../ledger/ports/tiers.ts';
import { capOf, defaultsOf, type CreateKeyBody, type PatchKeyBody } from '../formats/key-format.ts';

export interface ManageKeysDeps {
  readonly keys: KeyRegister;
  readonly nowMs: number;
  readonly mode: 'live' | 'test';
  /** Absent: a tier is a word and nothing more. */
  readonly tiers?: Pick<TierStore, 'read'>;
}

/** A key with the secret that nobody can be shown again. */
export interface MintedKey {
  readonly record: KeyRecord;
  /** Shown once; only its hash is stored. */
  readonly secret: string;
}

/** Makes a key of this project; its secret is in the answer, this once. */
export const createKey = async (
  deps: ManageKeysDeps,
  projectId: string,
  body: CreateKeyBody,
): Promise<MintedKey> => {
  const keyId = newKeyId();
  const secret = mintSecret(keyId, deps.mode);
  const tier = await tierOf(deps, projectId, body.tier);
  const own = namedFields(body);
  const taken = tier === null ? null : valuesForNew(tier, own, body.scope);
  const { period = 'lifetime', ...fromTier } = taken?.values ?? {};
  const record = await deps.keys.create({
    keyId,
    secretHash: hashSecret(secret),
    projectId,
    scope: body.scope,
    capNanoUsd: capOf(body.max_spend_usd),
    period: body.period ?? period,
    allowedModels: body.allowed_models ?? null,
    tier: body.tier ?? null,
    ...defaultsOf(body),
    ...ingestQuota(body),
    ...fromTier,
    sources: { own, ofTier: taken?.ofTier ?? [] },
    expiresAtMs: body.expires_at ?? null,
    profile: {
      keyId,
      projectId,
      name: body.name,
      userId: body.user_id ?? null,
      cohort: definedOnly(body.cohort ?? {}),
      metadata: body.metadata ?? {},
      createdAtMs: deps.nowMs,
      revokedAtMs: null,
    },
    nowMs: deps.nowMs,
  });
  return { record, secret };
};

/** Changes what the body names, from the next call on. Throws AppError `not_found`, `conflict` (it is revoked). */
export const patchKey = async (
  deps: ManageKeysDeps,
  projectId: string,
  keyId: string,
  body: PatchKeyBody,
): Promise<KeyRecord> => {
  const patch: KeyPatch = {
    ...(body.name === undefined ? {} : { name: body.name }),
    ...(body.user_id === undefined ? {} : { userId: body.user_id }),
    ...(body.status === undefined ? {} : { status: body.status }),
    ...(body.max_spend_usd === undefined ? {} : { capNanoUsd: capOf(body.max_spend_usd) }),
    ...(body.warn_at === undefined ? {} : { warnAt: body.warn_at }),
    ...(body.on_oversize === undefined ? {} : { onOversize: body.on_oversize }),
    ...(body.allowed_models === undefined ? {} : { allowedModels: body.allowed_models }),
    ...(body.tier === undefined ? {} : { tier: body.tier }),
    ...(body.rpm === undefined ? {} : { rpm: body.rpm }),
    ...(body.max_concurrency === undefined ? {} : { maxConcurrency: body.max_concurrency }),
    ...(body.expires_at === undefined ? {} : { expiresAtMs: body.expires_at }),
    ...ingestQuota(body),
    ...(body.cohort === undefined ? {} : { cohort: definedOnly(body.cohort) }),
    ...(body.metadata === undefined ? {} : { metadata: body.metadata }),
  };
  const tier = await tierOf(deps, projectId, body.tier);
  const named = namedFields(body);
  const change = (state: KeyState): KeyPatch => patchWithTier(state, patch, named, tier);
  return found(await deps.keys.patch(projectId, keyId, change, deps.nowMs), keyId);
};

/** null: no tier is named, or one of which the project has said nothing. */
const tierOf = async (
  { tiers }: ManageKeysDeps,
  projectId: string,
  name: string | null | undefined,
): Promise<Tier | null> =>
  tiers === undefined || name === undefined || name === null
    ? null
    : ((await tiers.read(projectId)).book.get(name) ?? null);

/** What is named for a key is its own from then on; another tier gives it what is not. */
const patchWithTier = (
  state: KeyState,
  patch: KeyPatch,
  named: readonly TierField[],
  tier: Tier | null,
): KeyPatch => {
  if (state.sources === null) return patch;
  const own = [...new Set([...state.sources.own, ...named])];
  const ofTier =
    patch.tier === undefined ? state.sources.ofTier.filter((field) => !own.includes(field)) : [];
  const sources = { own, ofTier };
  return {
    ...(tier === null ? { sources } : tierPatch({ ...state, sources }, tier)),
    ...patch,
  };
};

/** Gives the key a new secret; the old one works for so many seconds more. Throws AppError `not_found`, `conflict`. */
export const rotateKey = async (
  deps: ManageKeysDeps,
  projectId: string,
  keyId: string,
  graceSeconds: number,
): Promise<MintedKey> => {
  const secret = mintSecret(keyId, deps.mode);
  // No grace is no moment: a clock that is behind must not grant one.
  const until = graceSeconds === 0 ? 0 : deps.nowMs + graceSeconds * 1_000;
  const record = await deps.keys.rotate(projectId, keyId, hashSecret(secret), until);
  return { record: found(record, keyId), secret };
};

/** A key of another project answers as a missing one. */
export const found = (record: KeyRecord | null, keyId: string): KeyRecord => {
  if (record !== null) return record;
  throw new AppError({ code: 'not_found', publicMessage: `The key ${keyId} does not exist.` });
};

const ingestQuota = ({
  ingest_bytes_per_day: bytes,
}: Pick<PatchKeyBody, 'ingest_bytes_per_day'>): Pick<KeyPatch, 'ingestBytesADay'> =>
  bytes === undefined ? {} : { ingestBytesADay: bytes };

const definedOnly = (
  record: Readonly<Record<string, string | undefined>>,
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(record).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
