import type { Tables } from '../../platform/tables/tables.ts';
import type { KeyCredential } from '../../shared/credential.ts';
import type { Authentication, KeyDoor } from '../ports.ts';
import { keyItem, keyStateOf } from './key-item.ts';
import { stateKey } from './ledger-expressions.ts';

interface KeyDoorDeps {
  readonly tables: Tables;
}

/** Who asks, and nothing else: a bundle of calls carries no more of the register. */
export const dynamoKeyDoor = (deps: KeyDoorDeps): KeyDoor => ({
  authenticate: async (credential, nowMs) => await authenticate(deps, credential, nowMs, false),
  authenticateSender: async (credential, nowMs) =>
    await authenticate(deps, credential, nowMs, true),
});

const authenticate = async (
  { tables }: KeyDoorDeps,
  { keyId, secretHash }: KeyCredential,
  nowMs: number,
  isSender: boolean,
): Promise<Authentication> => {
  const stored = await tables.get('keys', stateKey(keyId));
  const item = stored === null ? null : keyItem.parse(stored);
  if (item === null) return { kind: 'refused', reason: 'invalid_key' };
  const matches =
    secretHash === null ||
    item.secret_hash === secretHash ||
    (item.old_secret_hash === secretHash && (item.old_secret_until ?? 0) > nowMs);
  if (!matches) return { kind: 'refused', reason: 'invalid_key' };
  if (item.status !== 'active') return { kind: 'refused', reason: item.status };
  if (item.valid_until <= nowMs) return { kind: 'refused', reason: 'expired' };
  if ((item.scope === 'ingest') !== isSender) return { kind: 'refused', reason: 'other_scope' };
  return { kind: 'authenticated', key: keyStateOf(item) };
};
