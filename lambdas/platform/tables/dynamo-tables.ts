import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { assert } from '../../shared/assert.ts';
import { AwsError } from '../aws/aws-error.ts';
import type { JsonCall } from '../aws/aws-json-client.ts';
import { decodeItem, encodeItem } from '../aws/attribute-values.ts';
import { stored } from '../storage.ts';
import { batchGet } from './batch-get.ts';
import {
  keyNames,
  type Item,
  type Page,
  type Query,
  type Refusal,
  type TableName,
  type Tables,
  type TransactOutcome,
  type Update,
  type UpdateOutcome,
  type Write,
  type WriteOutcome,
} from './tables.ts';

const CONFLICT_TRIES_MAX = 6;
const CONFLICT_PAUSE_MS = 15;

export interface DynamoTablesDeps {
  /** A call of DynamoDB in the shapes of its wire. */
  readonly call: JsonCall;
  /** Those of the tables that this function has. */
  readonly tableNames: Readonly<Partial<Record<TableName, string>>>;
}

/** The real tables. The client repeats a write whose answer was lost; a transaction carries a token that makes it one. */
export const dynamoTables = (deps: DynamoTablesDeps): Tables => ({
  get: async (table, key) => {
    const input = {
      TableName: tableNamed(deps, table),
      Key: encodeItem({ ...key }),
      ConsistentRead: true,
    };
    const output = await stored(async () => await deps.call('GetItem', input));
    return output['Item'] === undefined ? null : decodeItem(output['Item']);
  },
  getMany: async (table, keys) => await batchGet(deps.call, tableNamed(deps, table), keys),
  query: async (query) => await queryPage(deps, query),
  write: async (write) => await writeItem(deps, write),
  update: async (update) => await updateItem(deps, update),
  transact: async (writes) => await transact(deps, writes),
});

const tableNamed = ({ tableNames }: DynamoTablesDeps, table: TableName): string => {
  const name = tableNames[table];
  assert(name !== undefined, `this function has no table ${table}`);
  return name;
};

const queryPage = async (deps: DynamoTablesDeps, query: Query): Promise<Page> => {
  const { index, filter, limit, after } = query;
  const [hash, range] = keyNames(query);
  const bounds = boundsOf(query, range);
  const output = await stored(
    async () =>
      await deps.call('Query', {
        TableName: tableNamed(deps, query.table),
        IndexName: index,
        KeyConditionExpression: [`${hash} = :pk`, ...bounds.clauses].join(' AND '),
        FilterExpression: filter?.condition,
        ExpressionAttributeValues: encodeItem({
          ':pk': query.pk,
          ...bounds.values,
          ...filter?.values,
        }),
        // An index has no strong reads.
        ConsistentRead: index === undefined && query.isEventual !== true ? true : undefined,
        ScanIndexForward: query.isAscending,
        Limit: limit ?? undefined,
        ExclusiveStartKey: after === undefined ? undefined : encodeItem(after),
      }),
  );
  const { Items = [], LastEvaluatedKey } = pageOutput.parse(output);
  return {
    items: Items.map(decodeItem),
    last: LastEvaluatedKey === undefined ? null : decodeItem(LastEvaluatedKey),
  };
};

const pageOutput = z.object({
  Items: z.array(z.unknown()).optional(),
  LastEvaluatedKey: z.unknown().optional(),
});

const boundsOf = ({ from, to, below }: Query, range: string) => {
  if (below !== undefined) return { clauses: [`${range} < :below`], values: { ':below': below } };
  const values = {
    ...(from === null ? {} : { ':from': from }),
    ...(to === null ? {} : { ':to': to }),
  };
  if (from !== null && to !== null) return { clauses: [`${range} BETWEEN :from AND :to`], values };
  const clauses = [
    ...(from === null ? [] : [`${range} >= :from`]),
    ...(to === null ? [] : [`${range} <= :to`]),
  ];
  return { clauses, values };
};

const writeItem = async (deps: DynamoTablesDeps, write: Write): Promise<WriteOutcome> => {
  const outcome = await refusable(deps, write, {});
  return outcome.kind === 'refused' ? outcome : { kind: 'written' };
};

const updateItem = async (deps: DynamoTablesDeps, update: Update): Promise<UpdateOutcome> => {
  const outcome = await refusable(deps, update, { ReturnValues: 'ALL_NEW' });
  return outcome.kind === 'refused'
    ? outcome
    : { kind: 'written', item: decodeItem(outcome.output['Attributes'] ?? {}) };
};

type Written = { readonly kind: 'written'; readonly output: Readonly<Record<string, unknown>> };

/** A single write that meets a transaction in flight is refused for the moment, not for good. */
const refusable = async (
  deps: DynamoTablesDeps,
  write: Write,
  more: object,
): Promise<Written | Refusal> => {
  const [operation, input] = requestOf(deps, write);
  return await stored(async () => {
    for (let tries = 1; ; tries++) {
      try {
        return { kind: 'written', output: await deps.call(operation, { ...input, ...more }) };
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        if (error.name === 'ConditionalCheckFailedException')
          return { kind: 'refused', item: itemOf(error.members['Item']) };
        if (error.name !== 'TransactionConflictException' || tries >= CONFLICT_TRIES_MAX)
          throw error;
        await sleep(CONFLICT_PAUSE_MS * tries);
      }
    }
  });
};

const requestOf = (deps: DynamoTablesDeps, write: Write): readonly [string, object] => {
  const common = { TableName: tableNamed(deps, write.table), ...expressions(write) };
  switch (write.kind) {
    case 'put':
      return ['PutItem', { ...common, Item: encodeItem(write.item) }];
    case 'update':
      return [
        'UpdateItem',
        { ...common, Key: encodeItem({ ...write.key }), UpdateExpression: write.update },
      ];
    case 'delete':
      return ['DeleteItem', { ...common, Key: encodeItem({ ...write.key }) }];
    case 'check':
      throw new Error('a check is part of a transaction');
  }
};

/** An empty map is refused: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html */
const expressions = ({ condition, names, values }: Write) => ({
  ConditionExpression: condition,
  ExpressionAttributeNames:
    names === undefined || Object.keys(names).length === 0 ? undefined : names,
  ExpressionAttributeValues:
    values === undefined || Object.keys(values).length === 0 ? undefined : encodeItem(values),
  ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
});

const itemOf = (item: unknown): Item | null => {
  const plain = item === undefined ? {} : decodeItem(item);
  return Object.keys(plain).length === 0 ? null : plain;
};

const transact = async (
  deps: DynamoTablesDeps,
  writes: readonly Write[],
): Promise<TransactOutcome> => {
  const input = {
    TransactItems: writes.map((write) => transactItem(deps, write)),
    ClientRequestToken: randomUUID(),
  };
  return await stored(async () => {
    try {
      await deps.call('TransactWriteItems', input);
      return { kind: 'written' };
    } catch (error) {
      const reasons = reasonsOf(error);
      if (!isRefusal(reasons)) throw error;
      return { kind: 'refused', items: writes.map((_, index) => refusedItem(reasons[index])) };
    }
  });
};

const transactItem = (deps: DynamoTablesDeps, write: Write): object => {
  const common = { TableName: tableNamed(deps, write.table), ...expressions(write) };
  const Key = encodeItem({ ...write.key });
  switch (write.kind) {
    case 'put':
      return { Put: { ...common, Item: encodeItem(write.item) } };
    case 'update':
      return { Update: { ...common, Key, UpdateExpression: write.update } };
    case 'delete':
      return { Delete: { ...common, Key } };
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

const cancellation = z
  .array(z.object({ Code: z.string().default('None'), Item: z.unknown().optional() }))
  .catch([]);
type Reason = z.infer<typeof cancellation>[number];

/** Why a transaction was cancelled, one reason a write; none: it was not cancelled, or nobody says why. */
const reasonsOf = (error: unknown): readonly Reason[] =>
  error instanceof AwsError && error.name === 'TransactionCanceledException'
    ? cancellation.parse(error.members['CancellationReasons'])
    : [];

/** A failed condition, or a race with another transaction (that one may win; a throttle is neither). */
const isRefusal = (reasons: readonly Reason[]): boolean =>
  reasons.length > 0 &&
  reasons.every(({ Code }) =>
    ['None', 'ConditionalCheckFailed', 'TransactionConflict'].includes(Code),
  );

/** A conflict with another transaction refuses without saying whose: the caller reads again. */
const refusedItem = (reason: Reason | undefined): Item | null | undefined =>
  reason?.Code === 'ConditionalCheckFailed' ? itemOf(reason.Item) : undefined;

/** Did a transaction fail because an item would be larger than a table holds? */
export const isItemTooLarge = (error: unknown): boolean =>
  error instanceof Error && reasonsOf(error.cause).some(({ Code }) => Code === 'ValidationError');
