import { dynamoCalls } from '../../platform/dynamo.ts';
import { readEnv } from '../../platform/env.ts';
import { report } from '../../platform/logger.ts';
import { tableThreadChanges } from '../adapters/threads/table-thread-changes.ts';
import { timers } from '../../platform/timers.ts';
import { threadsEnv } from '../env.ts';
import { socketPorts } from './socket-ports.ts';
import { threadTables } from './tables.ts';

/** What notifies sockets of threads: their rows, and the way to reach who watches. */
export const wireFanOut = () => {
  const env = readEnv(threadsEnv);
  const tables = threadTables(env, dynamoCalls());
  return { ...socketPorts(env, tables), changes: tableThreadChanges(tables), timers, report };
};
