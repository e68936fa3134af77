import * as z from 'zod';
import type { Sluice } from './sluice-admin.ts';

const NAME = 'example-chat';
const CAP_USD = 0.5;
/** Pages that are open keep working with the secret that they have. */
const GRACE_SECONDS = 3_600;

const keyList = z.object({
  data: z.array(z.object({ id: z.string(), name: z.string(), status: z.string() })),
});
const minted = z.object({ secret: z.string() });

/**
 * One key for each end user: it reaches that user's threads and no others, and it stops at its cap. Secrets are shown
 * once, so a server that starts again rotates the key that it finds: what the user spent stays spent.
 */
export const childKeys = (sluice: Sluice) => {
  const known = new Map<string, Promise<string | null>>();

  const secretFor = async (userId: string): Promise<string | null> => {
    const query = new URLSearchParams({ user_id: userId, name: NAME });
    const { data } = keyList.parse(await sluice('GET', `/v1/keys?${query}`));
    const key = data.find(({ name }) => name === NAME);
    if (key !== undefined && key.status !== 'active') return null;
    const answer =
      key === undefined
        ? await sluice('POST', '/v1/keys', { name: NAME, user_id: userId, max_spend_usd: CAP_USD })
        : await sluice('POST', `/v1/keys/${key.id}/rotate`, { grace_seconds: GRACE_SECONDS });
    return minted.parse(answer).secret;
  };

  return {
    /** null: the user's key was paused or revoked, and no other one takes its place. */
    secretOf: async (userId: string): Promise<string | null> => {
      const secret = known.get(userId) ?? secretFor(userId);
      known.set(userId, secret);
      secret.catch(() => known.delete(userId));
      return await secret;
    },
  };
};
