import { hostsOf, secretsFor } from '../domain/bound-secrets.ts';
import type { DestinationSecrets, SecretsOf } from '../ports/destinations.ts';

const KEPT_MAX = 200;

/**
 * Secrets in memory: a change of secrets is a change of the destination, so what is read holds for a revision. What was
 * given for another host is not among them.
 */
export const rememberedSecrets = (secrets: Pick<DestinationSecrets, 'read'>): SecretsOf => {
  const kept = new Map<string, Promise<Readonly<Record<string, string>>>>();
  return async ({ id, revision, secretNames, settings }) => {
    if (secretNames.length === 0) return {};
    const key = `${id}.${revision}`;
    const known = kept.get(key);
    if (known !== undefined) return await known;
    if (kept.size >= KEPT_MAX) kept.clear();
    const hosts = hostsOf(Object.values(settings));
    const read = secrets.read(id).then((stored) => secretsFor(stored, () => hosts));
    kept.set(key, read);
    // What failed once is asked for again.
    read.catch(() => kept.delete(key));
    return await read;
  };
};
