import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { stored } from '../../platform/storage.ts';
import type { CancelFlags } from '../ports.ts';
import { ITEM_SCHEMA } from './item-schema.ts';
import type { UsageStoreDeps } from './dynamo-usage-store.ts';

const FLAG_TTL_SECONDS = 86_400;

const flagKey = (keyId: string, holdId: string) => ({ pk: `KEY#${keyId}`, sk: `CANCEL#${holdId}` });

export const dynamoCancelFlags = ({ client, usageTable }: UsageStoreDeps): CancelFlags => ({
  raise: async (keyId, holdId, nowMs) => {
    const ttl = Math.floor(nowMs / 1_000) + FLAG_TTL_SECONDS;
    await stored(
      async () =>
        await client.send(
          new PutCommand({
            TableName: usageTable,
            Item: { ...flagKey(keyId, holdId), ttl, schema: ITEM_SCHEMA },
          }),
        ),
    );
  },
  isRaised: async (keyId, holdId) => {
    const answer = await stored(
      async () =>
        await client.send(
          new GetCommand({
            TableName: usageTable,
            Key: flagKey(keyId, holdId),
            ConsistentRead: true,
          }),
        ),
    );
    return answer.Item !== undefined;
  },
});
