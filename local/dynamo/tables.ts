import {
  CreateTableCommand,
  DescribeTableCommand,
  ResourceInUseException,
  UpdateTableCommand,
  type CreateTableCommandInput,
  type DynamoDBClient,
  type GlobalSecondaryIndex,
} from '@aws-sdk/client-dynamodb';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import type { Resource } from '../template.ts';

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

/** Makes the template's tables that are not there yet, and the indexes and streams that an older state lacks. */
export const createTables = async (
  client: DynamoDBClient,
  resources: readonly Resource[],
): Promise<void> => {
  for (const { id, type, properties } of resources) {
    if (type !== 'AWS::DynamoDB::GlobalTable') continue;
    const table = tableSchema.parse(properties);
    try {
      await client.send(new CreateTableCommand(inputOf(id, table)));
    } catch (error) {
      if (!(error instanceof ResourceInUseException)) throw error;
      await complete(client, id, table);
    }
  }
};

const inputOf = (id: string, table: Table): CreateTableCommandInput => ({
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
const complete = async (client: DynamoDBClient, id: string, table: Table): Promise<void> => {
  const { Table: found } = await client.send(new DescribeTableCommand({ TableName: id }));
  if (table.StreamSpecification !== undefined && found?.StreamSpecification?.StreamEnabled !== true)
    await client.send(new UpdateTableCommand({ TableName: id, ...streamOf(table) }));
  const known = new Set(found?.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName));
  for (const index of table.GlobalSecondaryIndexes)
    if (!known.has(index.IndexName)) await addIndex(client, id, table, index);
};

const addIndex = async (
  client: DynamoDBClient,
  id: string,
  { AttributeDefinitions }: Table,
  index: GlobalSecondaryIndex,
): Promise<void> => {
  await client.send(
    new UpdateTableCommand({
      TableName: id,
      AttributeDefinitions,
      GlobalSecondaryIndexUpdates: [{ Create: index }],
    }),
  );
  for (let tries = 0; tries < INDEX_TRIES_MAX; tries++) {
    const { Table: found } = await client.send(new DescribeTableCommand({ TableName: id }));
    const made = found?.GlobalSecondaryIndexes?.find((one) => one.IndexName === index.IndexName);
    if (made?.IndexStatus === 'ACTIVE') return;
    await sleep(INDEX_WAIT_MS);
  }
  throw new Error(`${id}: the index ${index.IndexName} does not become active`);
};
