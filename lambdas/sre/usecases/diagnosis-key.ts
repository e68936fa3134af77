import { createHash } from 'node:crypto';
import type { KeyRecord, KeyRegister } from '../../ledger/ports.ts';
import { AppError } from '../../shared/app-error.ts';
import { hashSecret, mintSecret } from '../../shared/secret.ts';
import type { DiagnosisSettings } from '../diagnose/plan-diagnosis.ts';

/** By which the usage names what a project's diagnoses cost. */
export const DIAGNOSIS_FEATURE = 'sre-diagnose';
/** Of the profile: the setting that the key's cap follows. */
const FOLLOWS = 'max_spend_setting';
const NAME = 'SRE diagnoses';
/** A storm opens eleven incidents in ten minutes at most. */
const RPM = 30;
const AT_ONCE = 10;
const CROCKFORD = '0123456789abcdefghjkmnpqrstvwxyz';

export interface DiagnosisKeyDeps {
  readonly keys: Pick<KeyRegister, 'get' | 'create' | 'patch'>;
}

export interface DiagnosisKeyInput {
  readonly tenant: string;
  readonly settings: Pick<DiagnosisSettings, 'capNanoUsd' | 'keyNumber'>;
  readonly nowMs: number;
}

/** The same for the same project and number: whoever makes it first makes it for all. */
export const diagnosisKeyId = (tenant: string, keyNumber: number): string => {
  const hash = createHash('sha256')
    .update(JSON.stringify([DIAGNOSIS_FEATURE, tenant, keyNumber]))
    .digest();
  const letters = [...hash.subarray(0, 16)].map((byte) =>
    CROCKFORD.charAt(byte % CROCKFORD.length),
  );
  return `key_${letters.join('')}`;
};

/**
 * The key that pays for a project's diagnoses, made when it is first needed. Its cap follows the setting when that changes;
 * what people change at the key itself holds until then. Nobody knows its secret.
 */
export const diagnosisKey = async (
  { keys }: DiagnosisKeyDeps,
  { tenant, settings, nowMs }: DiagnosisKeyInput,
): Promise<string> => {
  const keyId = diagnosisKeyId(tenant, settings.keyNumber);
  const follows = String(settings.capNanoUsd);
  const there = await keys.get(tenant, keyId);
  if (there === null) await create({ keys }, { tenant, settings, nowMs }, keyId, follows);
  else if (there.profile.metadata[FOLLOWS] !== follows && there.state.status !== 'revoked')
    await keys.patch(
      tenant,
      keyId,
      { capNanoUsd: settings.capNanoUsd, metadata: { [FOLLOWS]: follows } },
      nowMs,
    );
  return keyId;
};

const create = async (
  { keys }: DiagnosisKeyDeps,
  { tenant, settings, nowMs }: DiagnosisKeyInput,
  keyId: string,
  follows: string,
): Promise<KeyRecord | null> => {
  try {
    return await keys.create({
      keyId,
      secretHash: hashSecret(mintSecret(keyId, 'live')),
      projectId: tenant,
      scope: 'standard',
      capNanoUsd: settings.capNanoUsd,
      period: 'day',
      allowedModels: null,
      tier: null,
      rpm: RPM,
      maxConcurrency: AT_ONCE,
      warnAt: [0.8],
      expiresAtMs: null,
      profile: {
        keyId,
        projectId: tenant,
        name: NAME,
        userId: null,
        cohort: {},
        metadata: { [FOLLOWS]: follows },
        createdAtMs: nowMs,
        revokedAtMs: null,
      },
      nowMs,
    });
  } catch (error) {
    // Somebody else made it meanwhile.
    if (error instanceof AppError && error.code === 'conflict') return null;
    throw error;
  }
};
