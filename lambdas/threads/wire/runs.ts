import { wireSettling, type Settling } from '../../inference/wire.ts';
import { dynamoCalls } from '../../platform/dynamo.ts';
import type { JsonCall } from '../../platform/aws/aws-json-client.ts';
import { readEnv } from '../../platform/env.ts';
import { report } from '../../platform/logger.ts';
import { lambdaTurnStarter } from '../adapters/lambda-turn-starter.ts';
import { meteredDebts } from '../adapters/metered-turn-model.ts';
import { tableChunkLog } from '../adapters/table-chunk-log.ts';
import { tableProjectBook } from '../adapters/table-project-book.ts';
import { blobTables } from '../adapters/tables/blob-tables.ts';
import { s3Blobs } from '../adapters/tables/s3-blobs.ts';
import { tableThreadStore } from '../adapters/threads/table-thread-store.ts';
import { timers } from '../../platform/timers.ts';
import { socketAudience } from '../sockets/usecases/socket-audience.ts';
import { threadsEnv } from '../env.ts';
import { ALIASES_OF_PROJECTS } from './aliases.ts';
import { socketPorts } from './socket-ports.ts';
import { threadTables } from './tables.ts';

/**
 * Once per cold start, what every entry of threads has: it reads runs and looks after them. Those that need more build
 * it on top, each in its own file, so that an entry's bundle holds what it uses: `turns`, `admin`, `sweep`.
 */
export const wireRuns = (
  call: JsonCall = dynamoCalls(),
  inference: Settling = wireSettling(call),
) => {
  const env = readEnv(threadsEnv);
  const rows = threadTables(env, call);
  const blobs = s3Blobs({ bucket: env.BLOBS_BUCKET });
  const tables = blobTables(rows, blobs);
  const store = tableThreadStore({ tables, timers, random: Math.random });
  const chunks = tableChunkLog({ tables, timers });
  const sockets = socketPorts(env, tables);
  return {
    env,
    rows,
    blobs,
    tables,
    isLoopbackAllowed: env.LOCAL_WEBHOOKS === 'allow',
    keys: inference.keys,
    store,
    chunks,
    projects: tableProjectBook({ tables, timers }),
    aliases: ALIASES_OF_PROJECTS,
    model: meteredDebts(inference),
    starter: lambdaTurnStarter({ functionName: env.RUN_TURN_FUNCTION }),
    sockets,
    audience: socketAudience({ ...sockets, store, chunks, timers, report }),
    timers,
    metrics: inference.metrics,
    report,
  };
};
