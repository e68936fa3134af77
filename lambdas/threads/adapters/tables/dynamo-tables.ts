import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactionCanceledException,
  TransactionConflictException,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  type AttributeValue,
  type CancellationReason,
  type DynamoDBClient,
  type TransactWriteItem,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { setTimeout as sleep } from 'node:timers/promises';
import { stored } from '../../../platform/storage.ts';
import type {
  IndexQuery,
  Item,
  ItemKey,
  RangeQuery,
  TableName,
  Tables,
  TransactOutcome,
  Write,
  WriteOutcome,
} from './tables.ts';

const CONFLICT_TRIES_MAX = 6;
const CONFLICT_PAUSE_MS = 15;

export interface DynamoTablesDeps {
  readonly client: DynamoDBClient;
  readonly tableNames: Readonly<Record<TableName, string>>;
}

/** The real tables. The SDK repeats a write whose answer was lost; a transaction carries a token that makes it one. */
export const dynamoTables = (deps: DynamoTablesDeps): Tables => ({
  get: async (table, key) => await getItem(deps, table, key),
  query: async (query) => await queryItems(deps, query),
  queryIndex: async (query) => await queryIndex(deps, query),
  write: async (write) => await writeItem(deps, write),
  transact: async (writes) => await transact(deps, writes),
});

const getItem = async (
  deps: DynamoTablesDeps,
  table: TableName,
  key: ItemKey,
): Promise<Item | null> => {
  const answer = await stored(
    async () =>
      await deps.client.send(
        new GetItemCommand({
          TableName: deps.tableNames[table],
          Key: marshall(key),
          ConsistentRead: true,
        }),
      ),
  );
  return answer.Item === undefined ? null : unmarshall(answer.Item);
};

const queryItems = async (deps: DynamoTablesDeps, query: RangeQuery): Promise<readonly Item[]> => {
  const items: Item[] = [];
  let start: Record<string, AttributeValue> | undefined;
  do {
    const answer = await stored(
      async () =>
        await deps.client.send(
          new QueryCommand({
            TableName: deps.tableNames[query.table],
            KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
            ExpressionAttributeValues: marshall({
              ':pk': query.pk,
              ':from': query.from,
              ':to': query.to,
            }),
            ConsistentRead: true,
            ScanIndexForward: query.isAscending,
            Limit: query.limit - items.length,
            ...(start === undefined ? {} : { ExclusiveStartKey: start }),
          }),
        ),
    );
    items.push(...(answer.Items ?? []).map((item) => unmarshall(item)));
    start = answer.LastEvaluatedKey;
  } while (start !== undefined && items.length < query.limit);
  return items;
};

const queryIndex = async (deps: DynamoTablesDeps, query: IndexQuery): Promise<readonly Item[]> => {
  const [pk, sk] =
    query.index === 'by_sweep' ? ['sweep_shard', 'sweep_at'] : ['list_pk', 'list_sk'];
  const bounds = [
    ...(query.from === null ? [] : [`${sk} >= :from`]),
    ...(query.to === null ? [] : [`${sk} <= :to`]),
  ];
  const range = bounds.length === 2 ? [`${sk} BETWEEN :from AND :to`] : bounds;
  const answer = await stored(
    async () =>
      await deps.client.send(
        new QueryCommand({
          TableName: deps.tableNames.threads,
          IndexName: query.index,
          KeyConditionExpression: [`${pk} = :pk`, ...range].join(' AND '),
          ExpressionAttributeValues: marshall({
            ':pk': query.pk,
            ...(query.from === null ? {} : { ':from': query.from }),
            ...(query.to === null ? {} : { ':to': query.to }),
          }),
          ScanIndexForward: query.isAscending,
          Limit: query.limit,
        }),
      ),
  );
  return (answer.Items ?? []).map((item) => unmarshall(item));
};

const writeItem = async (deps: DynamoTablesDeps, write: Write): Promise<WriteOutcome> => {
  try {
    await stored(async () => await sendPatiently(deps, write));
    return { kind: 'written' };
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    return { kind: 'refused', item: itemOf(error.Item) };
  }
};

const transact = async (
  deps: DynamoTablesDeps,
  writes: readonly Write[],
): Promise<TransactOutcome> => {
  const command = new TransactWriteItemsCommand({
    TransactItems: writes.map((write) => transactItem(deps, write)),
  });
  return await stored(async () => {
    try {
      await deps.client.send(command);
      return { kind: 'written' };
    } catch (error) {
      if (!(error instanceof TransactionCanceledException) || !isRefusal(error)) throw error;
      const reasons = error.CancellationReasons ?? [];
      return { kind: 'refused', items: writes.map((_, index) => refusedItem(reasons[index])) };
    }
  });
};

/** A failed condition, or a race with another transaction (that one may win; a throttle is neither). */
const isRefusal = (error: TransactionCanceledException): boolean =>
  (error.CancellationReasons ?? []).every((reason) =>
    ['None', 'ConditionalCheckFailed', 'TransactionConflict'].includes(reason.Code ?? 'None'),
  );

const itemOf = (item: Record<string, AttributeValue> | undefined): Item | null =>
  item === undefined || Object.keys(item).length === 0 ? null : unmarshall(item);

/** A conflict with another transaction refuses without saying whose: the caller reads again. */
const refusedItem = (reason: CancellationReason | undefined): Item | null | undefined =>
  reason?.Code === 'ConditionalCheckFailed' ? itemOf(reason.Item) : undefined;

const expressions = ({ names, values }: Write) => ({
  ...(names === undefined || Object.keys(names).length === 0
    ? {}
    : { ExpressionAttributeNames: { ...names } }),
  ...(values === undefined || Object.keys(values).length === 0
    ? {}
    : { ExpressionAttributeValues: marshall(values, { removeUndefinedValues: true }) }),
  ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
});

const conditionOf = (write: Write) =>
  write.condition === undefined ? {} : { ConditionExpression: write.condition };

const plain = (item: Item) => marshall(item, { removeUndefinedValues: true });

/** A single write that meets a transaction in flight is refused for the moment, not for good. */
const sendPatiently = async (deps: DynamoTablesDeps, write: Write): Promise<void> => {
  for (let tries = 1; ; tries++) {
    try {
      await sendOne(deps, write);
      return;
    } catch (error) {
      if (!(error instanceof TransactionConflictException) || tries >= CONFLICT_TRIES_MAX)
        throw error;
      await sleep(CONFLICT_PAUSE_MS * tries);
    }
  }
};

const sendOne = async (deps: DynamoTablesDeps, write: Write): Promise<void> => {
  const common = {
    TableName: deps.tableNames[write.table],
    ...conditionOf(write),
    ...expressions(write),
  };
  switch (write.kind) {
    case 'put':
      await deps.client.send(new PutItemCommand({ ...common, Item: plain(write.item) }));
      return;
    case 'update':
      await deps.client.send(
        new UpdateItemCommand({
          ...common,
          Key: marshall(write.key),
          UpdateExpression: write.update,
        }),
      );
      return;
    case 'delete':
      await deps.client.send(new DeleteItemCommand({ ...common, Key: marshall(write.key) }));
      return;
    case 'check':
      throw new Error('a check is part of a transaction');
  }
};

const transactItem = (deps: DynamoTablesDeps, write: Write): TransactWriteItem => {
  const common = { TableName: deps.tableNames[write.table], ...expressions(write) };
  const Key = marshall(write.key);
  switch (write.kind) {
    case 'put':
      return { Put: { ...common, ...conditionOf(write), Item: plain(write.item) } };
    case 'update':
      return {
        Update: { ...common, ...conditionOf(write), Key, UpdateExpression: write.update },
      };
    case 'delete':
      return { Delete: { ...common, ...conditionOf(write), Key } };
    case 'check':
      return {
        ConditionCheck: {
          ...common,
          Key,
          ConditionExpression: write.condition ?? 'attribute_exists(pk)',
        },
      };
  }
};
