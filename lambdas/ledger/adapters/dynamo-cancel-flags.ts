import type { Tables } from '../../platform/tables/tables.ts';
import type { CancelFlags } from '../ports.ts';
import { ITEM_SCHEMA } from './item-schema.ts';

const FLAG_TTL_SECONDS = 86_400;

const flagKey = (keyId: string, holdId: string) => ({ pk: `KEY#${keyId}`, sk: `CANCEL#${holdId}` });

export const dynamoCancelFlags = ({ tables }: { readonly tables: Tables }): CancelFlags => ({
  raise: async (keyId, holdId, nowMs) => {
    const key = flagKey(keyId, holdId);
    const ttl = Math.floor(nowMs / 1_000) + FLAG_TTL_SECONDS;
    await tables.write({
      kind: 'put',
      table: 'usage',
      key,
      item: { ...key, ttl, schema: ITEM_SCHEMA },
    });
  },
  isRaised: async (keyId, holdId) => (await tables.get('usage', flagKey(keyId, holdId))) !== null,
});
