import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import type { Resource } from '../template.ts';
import { dynamoCall, EngineError } from './engine-call.ts';

const INDEX_TRIES_MAX = 600;
const INDEX_WAIT_MS = 100;

const keySchema = z.array(
  z.object({ AttributeName: z.string(), KeyType: z.enum(['HASH', 'RANGE']) }),
);
const tableSchema = z.object({
  KeySchema: keySchema,
  AttributeDefinitions: z.array(
    z.object({ AttributeName: z.string(), AttributeType: z.enum(['S', 'N', 'B']) }),
  ),
  GlobalSecondaryIndexes: z
    .array(
      z.object({
        IndexName: z.string(),
        KeySchema: keySchema,
        Projection: z.discriminatedUnion('ProjectionType', [
          z.object({ ProjectionType: z.enum(['ALL', 'KEYS_ONLY']) }),
          z.object({
            ProjectionType: z.literal('INCLUDE'),
            NonKeyAttributes: z.array(z.string()),
          }),
        ]),
      }),
    )
    .default([]),
  StreamSpecification: z.object({ StreamViewType: z.literal('NEW_AND_OLD_IMAGES') }).optional(),
});
type Table = z.infer<typeof tableSchema>;
type Index = Table['GlobalSecondaryIndexes'][number];

const described = z.object({
  Table: z.object({
    StreamSpecification: z.object({ StreamEnabled: z.boolean() }).nullish(),
    GlobalSecondaryIndexes: z
      .array(z.object({ IndexName: z.string(), IndexStatus: z.string() }))
      .nullish(),
  }),
});

/** Makes the template's tables that are not there yet, and the indexes and streams that an older state lacks. */
export const createTables = async (
  endpoint: string,
  resources: readonly Resource[],
): Promise<void> => {
  for (const { id, type, properties } of resources) {
    if (type !== 'AWS::DynamoDB::GlobalTable') continue;
    const table = tableSchema.parse(properties);
    try {
      await dynamoCall(endpoint, 'CreateTable', inputOf(id, table));
    } catch (error) {
      if (!(error instanceof EngineError && error.name === 'ResourceInUseException')) throw error;
      await complete(endpoint, id, table);
    }
  }
};

const inputOf = (id: string, table: Table) => ({
  TableName: id,
  BillingMode: 'PAY_PER_REQUEST',
  KeySchema: table.KeySchema,
  AttributeDefinitions: table.AttributeDefinitions,
  ...(table.GlobalSecondaryIndexes.length === 0
    ? {}
    : { GlobalSecondaryIndexes: table.GlobalSecondaryIndexes }),
  ...streamOf(table),
});

const streamOf = ({ StreamSpecification }: Table) =>
  StreamSpecification === undefined
    ? {}
    : { StreamSpecification: { StreamEnabled: true, ...StreamSpecification } };

/** DynamoDB makes one index at a time. */
const complete = async (endpoint: string, id: string, table: Table): Promise<void> => {
  const found = await describe(endpoint, id);
  if (table.StreamSpecification !== undefined && found.StreamSpecification?.StreamEnabled !== true)
    await dynamoCall(endpoint, 'UpdateTable', { TableName: id, ...streamOf(table) });
  const known = new Set(found.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName));
  for (const index of table.GlobalSecondaryIndexes)
    if (!known.has(index.IndexName)) await addIndex(endpoint, id, table, index);
};

const describe = async (endpoint: string, TableName: string) =>
  described.parse(await dynamoCall(endpoint, 'DescribeTable', { TableName })).Table;

const addIndex = async (
  endpoint: string,
  id: string,
  { AttributeDefinitions }: Table,
  index: Index,
): Promise<void> => {
  await dynamoCall(endpoint, 'UpdateTable', {
    TableName: id,
    AttributeDefinitions,
    GlobalSecondaryIndexUpdates: [{ Create: index }],
  });
  for (let tries = 0; tries < INDEX_TRIES_MAX; tries++) {
    const { GlobalSecondaryIndexes } = await describe(endpoint, id);
    const made = GlobalSecondaryIndexes?.find((one) => one.IndexName === index.IndexName);
    if (made?.IndexStatus === 'ACTIVE') return;
    await sleep(INDEX_WAIT_MS);
  }
  throw new Error(`${id}: the index ${index.IndexName} does not become active`);
};
