import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  ScanCommand,
  type AttributeValue,
  type DynamoDBClient,
  type ScanCommandOutput,
} from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import type { Resource } from '../template.ts';

/** DynamoDB itself takes up to some days, so nothing may count on the time. */
const SWEEP_MS = 600_000;

export interface ExpiryDeps {
  readonly client: DynamoDBClient;
  readonly onError: (tableId: string, error: unknown) => void;
  readonly signal: AbortSignal;
}

interface ExpiringTable {
  readonly id: string;
  readonly keys: readonly string[];
  readonly attribute: string;
}

const tableSchema = z.object({
  KeySchema: z.array(z.object({ AttributeName: z.string() })),
  TimeToLiveSpecification: z
    .object({ AttributeName: z.string(), Enabled: z.literal(true) })
    .optional(),
});

const expiringTables = (resources: readonly Resource[]): readonly ExpiringTable[] =>
  resources.flatMap(({ id, type, properties }) => {
    if (type !== 'AWS::DynamoDB::GlobalTable') return [];
    const { KeySchema, TimeToLiveSpecification } = tableSchema.parse(properties);
    if (TimeToLiveSpecification === undefined) return [];
    const keys = KeySchema.map(({ AttributeName }) => AttributeName);
    return [{ id, keys, attribute: TimeToLiveSpecification.AttributeName }];
  });

/** What DynamoDB does for tables with a time to live: the engines on a laptop leave expired items for ever. */
export const startExpiry = (deps: ExpiryDeps, resources: readonly Resource[]): void => {
  const tables = expiringTables(resources);
  const timer = setInterval(() => {
    for (const table of tables)
      void sweep(deps, table, Date.now()).catch((error: unknown) => deps.onError(table.id, error));
  }, SWEEP_MS);
  deps.signal.addEventListener('abort', () => clearInterval(timer));
};

/** Deletes the items of every table that expired before now. */
export const sweepExpired = async (
  deps: Pick<ExpiryDeps, 'client' | 'signal'>,
  resources: readonly Resource[],
  nowMs: number,
): Promise<void> => {
  for (const table of expiringTables(resources)) await sweep(deps, table, nowMs);
};

const sweep = async (
  { client, signal }: Pick<ExpiryDeps, 'client' | 'signal'>,
  table: ExpiringTable,
  nowMs: number,
): Promise<void> => {
  const expired = {
    ExpressionAttributeNames: { '#ttl': table.attribute },
    ExpressionAttributeValues: { ':now': { N: String(Math.floor(nowMs / 1_000)) } },
  };
  const projected = table.keys.map((_, index) => `#key${index}`);
  const keyNames = Object.fromEntries(table.keys.map((name, index) => [`#key${index}`, name]));
  let start: Record<string, AttributeValue> | undefined;
  do {
    const page: ScanCommandOutput = await client.send(
      new ScanCommand({
        TableName: table.id,
        FilterExpression: '#ttl < :now',
        ProjectionExpression: projected.join(', '),
        ...expired,
        ExpressionAttributeNames: { ...expired.ExpressionAttributeNames, ...keyNames },
        ...(start === undefined ? {} : { ExclusiveStartKey: start }),
      }),
    );
    for (const Key of page.Items ?? []) await remove(client, table.id, Key, expired);
    start = page.LastEvaluatedKey;
  } while (start !== undefined && !signal.aborted);
};

/** An item whose time was moved meanwhile stays. */
const remove = async (
  client: DynamoDBClient,
  TableName: string,
  Key: Record<string, AttributeValue>,
  expired: object,
): Promise<void> => {
  try {
    await client.send(
      new DeleteItemCommand({ TableName, Key, ConditionExpression: '#ttl < :now', ...expired }),
    );
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
};
