import { dynamoKeyDoor } from '../../ledger/adapters/dynamo-key-door.ts';
import { ledgerEnv } from '../../ledger/env.ts';
import { dynamoCalls } from '../../platform/dynamo.ts';
import { readEnv } from '../../platform/env.ts';
import { report } from '../../platform/logger.ts';
import { dynamoTables } from '../../platform/tables/dynamo-tables.ts';
import { lambdaTurnStarter } from '../adapters/lambda-turn-starter.ts';
import { tableChunkLog } from '../adapters/table-chunk-log.ts';
import { blobTables } from '../adapters/tables/blob-tables.ts';
import { s3Blobs } from '../adapters/tables/s3-blobs.ts';
import { tableThreadStore } from '../adapters/threads/table-thread-store.ts';
import { timers } from '../../platform/timers.ts';
import { threadsEnv } from '../env.ts';
import { socketPorts } from './socket-ports.ts';
import { threadTables } from './tables.ts';

/** What watches: threads to read, sockets to post to, and keys to check; no model, no ledger. */
export const wireSockets = () => {
  const env = readEnv(threadsEnv);
  const call = dynamoCalls();
  const rows = threadTables(env, call);
  const tables = blobTables(rows, s3Blobs({ bucket: env.BLOBS_BUCKET }));
  const sockets = socketPorts(env, tables);
  return {
    keys: dynamoKeyDoor({
      tables: dynamoTables({
        call,
        tableNames: { keys: readEnv(ledgerEnv.pick({ KEYS_TABLE: true })).KEYS_TABLE },
      }),
    }),
    store: tableThreadStore({ tables, timers, random: Math.random }),
    chunks: tableChunkLog({ tables, timers }),
    sockets,
    ...sockets,
    starter: lambdaTurnStarter({ functionName: env.RUN_TURN_FUNCTION }),
    timers,
    report,
  };
};
