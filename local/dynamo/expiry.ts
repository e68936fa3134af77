import * as z from 'zod';
import type { Resource } from '../template.ts';
import { dynamoCall, EngineError } from './engine-call.ts';

/** DynamoDB itself takes up to some days, so nothing may count on the time. */
const SWEEP_MS = 600_000;

export interface ExpiryDeps {
  readonly endpoint: string;
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

export const expiringTables = (resources: readonly Resource[]): readonly ExpiringTable[] =>
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
  const timer = setInterval(() => void sweepExpired(deps, tables, Date.now()), SWEEP_MS);
  deps.signal.addEventListener('abort', () => clearInterval(timer));
};

/** Deletes the items of every table that expired before now; one table that fails holds up no other. */
export const sweepExpired = async (
  deps: ExpiryDeps,
  tables: readonly ExpiringTable[],
  nowMs: number,
): Promise<void> => {
  const swept = tables.map(async (table) => {
    try {
      await sweep(deps, table, nowMs);
    } catch (error) {
      deps.onError(table.id, error);
    }
  });
  await Promise.all(swept);
};

/** Keys stay as the wire has them. */
const scan = z.object({
  Items: z.array(z.unknown()).default([]),
  LastEvaluatedKey: z.unknown().optional(),
});

const sweep = async (
  { endpoint, signal }: Pick<ExpiryDeps, 'endpoint' | 'signal'>,
  table: ExpiringTable,
  nowMs: number,
): Promise<void> => {
  const expired = {
    ExpressionAttributeNames: { '#ttl': table.attribute },
    ExpressionAttributeValues: { ':now': { N: String(Math.floor(nowMs / 1_000)) } },
  };
  const projected = table.keys.map((_, index) => `#key${index}`);
  const keyNames = Object.fromEntries(table.keys.map((name, index) => [`#key${index}`, name]));
  let start: unknown;
  do {
    const scanned = await dynamoCall(endpoint, 'Scan', {
      TableName: table.id,
      FilterExpression: '#ttl < :now',
      ProjectionExpression: projected.join(', '),
      ...expired,
      ExpressionAttributeNames: { ...expired.ExpressionAttributeNames, ...keyNames },
      ExclusiveStartKey: start,
    });
    const page = scan.parse(scanned);
    for (const Key of page.Items) await remove(endpoint, table.id, Key, expired);
    start = page.LastEvaluatedKey ?? undefined;
  } while (start !== undefined && !signal.aborted);
};

/** An item whose time was moved meanwhile stays. */
const remove = async (
  endpoint: string,
  TableName: string,
  Key: unknown,
  expired: object,
): Promise<void> => {
  try {
    const input = { TableName, Key, ConditionExpression: '#ttl < :now', ...expired };
    await dynamoCall(endpoint, 'DeleteItem', input);
  } catch (error) {
    const isMoved =
      error instanceof EngineError && error.name === 'ConditionalCheckFailedException';
    if (!isMoved) throw error;
  }
};
