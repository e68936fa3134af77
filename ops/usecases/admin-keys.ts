import { createAdminKey } from '../../lambdas/gateway/usecases/create-admin-key.ts';
import { FIRST_PROJECT_ID } from '../../lambdas/ledger/domain/key.ts';
import { rotateKey } from '../../lambdas/gateway/usecases/manage-keys.ts';
import { parseSecret } from '../../lambdas/shared/secret.ts';
import type { KeyRegister } from '../../lambdas/ledger/ports.ts';
import { OpsError } from '../ops-error.ts';
import type { SecretText } from '../ports.ts';

export interface AdminKeyDeps {
  readonly keys: KeyRegister;
  readonly adminSecret: SecretText;
}

export interface RotateInput {
  readonly graceSeconds: number;
  readonly nowMs: number;
  readonly mode: 'live' | 'test';
}

/** The admin key as its secret holds it. */
export const showAdminKey = async ({ adminSecret }: AdminKeyDeps): Promise<string> => {
  const text = await adminSecret.read();
  if (parseSecret(text).kind === 'ok') return text;
  throw new OpsError('The secret holds no admin key: npm run ops -- admin-key rotate makes one.');
};

/**
 * A new secret for the admin key; the old one works for the grace period. Where the key is gone or revoked, a new key.
 * Safe to repeat: whatever failed half-way, the next run leaves a secret that works.
 */
export const rotateAdminKey = async (deps: AdminKeyDeps, input: RotateInput): Promise<string> => {
  const parsed = parseSecret(await deps.adminSecret.read());
  const record = parsed.kind === 'ok' ? await deps.keys.get(FIRST_PROJECT_ID, parsed.keyId) : null;
  if (record === null || record.state.status === 'revoked') return await makeAdminKey(deps, input);
  const { secret } = await rotateKey(
    { keys: deps.keys, nowMs: input.nowMs, mode: input.mode },
    FIRST_PROJECT_ID,
    record.state.keyId,
    input.graceSeconds,
  );
  await deps.adminSecret.write(secret);
  return secret;
};

const makeAdminKey = async (deps: AdminKeyDeps, input: RotateInput): Promise<string> => {
  await createAdminKey({
    keys: deps.keys,
    readSecret: async () => await Promise.resolve(''),
    writeSecret: async (text) => await deps.adminSecret.write(text),
    nowMs: input.nowMs,
    mode: input.mode,
  });
  return await deps.adminSecret.read();
};
