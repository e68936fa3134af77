import {
  ConditionalCheckFailedException,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb';
import {
  GetCommand,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
  type DynamoDBDocumentClient,
} from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { stored } from '../../platform/storage.ts';
import { batchGet } from './batch-get.ts';
import type { ItemUpdate, KeysTable, ListPage, UpdateOutcome } from './keys-table.ts';

export interface DynamoKeysDeps {
  readonly client: DynamoDBDocumentClient;
  readonly keysTable: string;
}

export const dynamoKeysTable = (deps: DynamoKeysDeps): KeysTable => ({
  update: async (update) => await updateItem(deps, update),
  get: async (pk, sk) => await getItem(deps, pk, sk),
  due: async (shard, untilMs, limit) => await dueKeys(deps, shard, untilMs, limit),
  insert: async (items) => await insertItems(deps, items),
  getMany: async (keys) => await batchGet({ client: deps.client, tableName: deps.keysTable }, keys),
  list: async (page) => await listItems(deps, page),
});

const updateItem = async (
  { client, keysTable }: DynamoKeysDeps,
  update: ItemUpdate,
): Promise<UpdateOutcome> => {
  try {
    const answer = await stored(
      async () =>
        await client.send(
          new UpdateCommand({
            TableName: keysTable,
            Key: update.key,
            ConditionExpression: update.condition,
            UpdateExpression: update.update,
            // An empty map is refused: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html
            ExpressionAttributeNames:
              Object.keys(update.names).length === 0 ? undefined : update.names,
            ExpressionAttributeValues: update.values,
            ReturnValues: 'ALL_NEW',
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        ),
    );
    return { kind: 'written', item: answer.Attributes ?? {} };
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    return {
      kind: 'refused',
      item:
        error.Item === undefined || Object.keys(error.Item).length === 0 ? null : plain(error.Item),
    };
  }
};

const getItem = async (
  { client, keysTable }: DynamoKeysDeps,
  pk: string,
  sk: string,
): ReturnType<KeysTable['get']> => {
  const answer = await stored(
    async () =>
      await client.send(
        new GetCommand({ TableName: keysTable, Key: { pk, sk }, ConsistentRead: true }),
      ),
  );
  return answer.Item ?? null;
};

const dueKeys = async (
  { client, keysTable }: DynamoKeysDeps,
  shard: string,
  untilMs: number,
  limit: number,
): ReturnType<KeysTable['due']> => {
  const answer = await stored(
    async () =>
      await client.send(
        new QueryCommand({
          TableName: keysTable,
          IndexName: 'by_sweep',
          KeyConditionExpression: 'sweep_shard = :shard AND sweep_at <= :until',
          ExpressionAttributeValues: { ':shard': shard, ':until': untilMs },
          Limit: limit,
        }),
      ),
  );
  return (answer.Items ?? []).map((item) => String(item['pk']).slice('KEY#'.length));
};

const insertItems = async (
  { client, keysTable }: DynamoKeysDeps,
  items: Parameters<KeysTable['insert']>[0],
): ReturnType<KeysTable['insert']> => {
  try {
    await stored(
      async () =>
        await client.send(
          new TransactWriteCommand({
            TransactItems: items.map((Item) => ({
              Put: {
                TableName: keysTable,
                Item,
                ConditionExpression: 'attribute_not_exists(pk)',
              },
            })),
          }),
        ),
    );
    return true;
  } catch (error) {
    if (!(error instanceof TransactionCanceledException)) throw error;
    return false;
  }
};

const listItems = async (
  { client, keysTable }: DynamoKeysDeps,
  { index, partition, before, limit }: ListPage,
): ReturnType<KeysTable['list']> => {
  const answer = await stored(
    async () =>
      await client.send(
        new QueryCommand({
          TableName: keysTable,
          IndexName: index,
          KeyConditionExpression: `${LIST_KEYS[index]} = :list AND list_sk < :before`,
          ExpressionAttributeValues: { ':list': partition, ':before': before ?? '~' },
          ScanIndexForward: false,
          // One more than asked, because a page that is full says nothing about what follows.
          Limit: limit + 1,
        }),
      ),
  );
  const items = answer.Items ?? [];
  const hasMore = items.length > limit || answer.LastEvaluatedKey !== undefined;
  return { items: items.slice(0, limit), hasMore };
};

const LIST_KEYS = { by_project: 'list_pk', by_user: 'user_pk' } as const;

/** A failed condition's item is not unmarshalled by the document client. */
const plain = (item: Record<string, unknown>): Record<string, unknown> => {
  const values = Object.values(item);
  const isRaw = values.every(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  );
  return isRaw ? unmarshall(rawItem(item)) : item;
};

const rawItem = (item: Record<string, unknown>): Parameters<typeof unmarshall>[0] =>
  Object.assign(Object.create(null), item);
