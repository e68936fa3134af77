import { parseSecret } from '../../shared/secret.ts';
import { FIRST_PROJECT_ID } from '../../ledger/domain/key.ts';
import type { KeyRegister } from '../../ledger/ports.ts';
import { createKey } from './manage-keys.ts';
import { createKeyBody } from '../formats/key-format.ts';

export interface AdminKeyDeps {
  readonly keys: KeyRegister;
  readonly readSecret: () => Promise<string>;
  readonly writeSecret: (text: string) => Promise<void>;
  readonly nowMs: number;
  readonly mode: 'live' | 'test';
}

/** Makes the first admin key, unless the secret holds one already. Safe to repeat. */
export const createAdminKey = async (deps: AdminKeyDeps): Promise<void> => {
  if (parseSecret(await deps.readSecret()).kind === 'ok') return;
  const { secret } = await createKey(
    deps,
    FIRST_PROJECT_ID,
    createKeyBody.parse({ name: 'first admin key', scope: 'admin' }),
  );
  await deps.writeSecret(secret);
};
