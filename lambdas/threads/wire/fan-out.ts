import { dynamoClient } from '../../platform/dynamo.ts';
import { readEnv } from '../../platform/env.ts';
import { report } from '../../platform/logger.ts';
import { dynamoTables } from '../adapters/tables/dynamo-tables.ts';
import { tableThreadChanges } from '../adapters/threads/table-thread-changes.ts';
import { threadsEnv } from '../env.ts';
import { timers } from '../adapters/timers.ts';
import { socketPorts } from './socket-ports.ts';

/** What tells sockets of threads: their rows, and the way to reach who watches. */
export const wireFanOut = () => {
  const env = readEnv(threadsEnv);
  const tables = dynamoTables({
    client: dynamoClient(),
    tableNames: {
      threads: env.THREADS_TABLE,
      chunks: env.CHUNKS_TABLE,
      connections: env.CONNECTIONS_TABLE,
    },
  });
  return { ...socketPorts(env, tables), changes: tableThreadChanges(tables), timers, report };
};
