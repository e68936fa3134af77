import type { JsonCall } from '../../platform/aws/aws-json-client.ts';
import { dynamoTables } from '../../platform/tables/dynamo-tables.ts';
import type { ThreadsEnv } from '../env.ts';

type TableNames = Pick<ThreadsEnv, 'THREADS_TABLE' | 'CHUNKS_TABLE' | 'CONNECTIONS_TABLE'>;

/** The three tables of threads. */
export const threadTables = (env: TableNames, call: JsonCall) =>
  dynamoTables({
    call,
    tableNames: {
      threads: env.THREADS_TABLE,
      chunks: env.CHUNKS_TABLE,
      connections: env.CONNECTIONS_TABLE,
    },
  });
