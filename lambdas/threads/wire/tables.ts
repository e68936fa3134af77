import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { dynamoTables } from '../adapters/tables/dynamo-tables.ts';
import type { ThreadsEnv } from '../env.ts';

type TableNames = Pick<ThreadsEnv, 'THREADS_TABLE' | 'CHUNKS_TABLE' | 'CONNECTIONS_TABLE'>;

/** The three tables of threads. */
export const threadTables = (env: TableNames, client: DynamoDBClient) =>
  dynamoTables({
    client,
    tableNames: {
      threads: env.THREADS_TABLE,
      chunks: env.CHUNKS_TABLE,
      connections: env.CONNECTIONS_TABLE,
    },
  });
