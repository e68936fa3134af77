import { S3Client } from '@aws-sdk/client-s3';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { setTimeout as wait } from 'node:timers/promises';
import { wireInference, type Inference } from '../inference/wire.ts';
import { dynamoClient } from '../platform/dynamo.ts';
import { readEnv } from '../platform/env.ts';
import { report } from '../platform/logger.ts';
import { outbound, systemResolve } from '../platform/outbound.ts';
import { blobTables } from './adapters/blob-tables.ts';
import { removeBlobs, s3Blobs } from './adapters/s3-blobs.ts';
import { callWebhook } from './adapters/call-webhook.ts';
import { dynamoTables } from './adapters/dynamo-tables.ts';
import { lambdaTurnStarter } from './adapters/lambda-turn-starter.ts';
import { meteredTurnModel } from './adapters/metered-turn-model.ts';
import { mcpServers } from './adapters/mcp-servers.ts';
import { mcpTools } from './adapters/mcp-tools.ts';
import { projectToolBox } from './adapters/project-tool-box.ts';
import { tableChunkLog } from './adapters/table-chunk-log.ts';
import { registeredTools } from './adapters/registered-tools.ts';
import { tableThreadEraser } from './adapters/table-thread-eraser.ts';
import { tableThreadStore } from './adapters/table-thread-store.ts';
import { threadsEnv, type ThreadsEnv } from './env.ts';
import type { Timers } from './ports.ts';
import type { McpRouteDeps } from './routes/mcp-server-routes.ts';
import type { ThreadRouteDeps } from './routes/thread-routes.ts';
import type { EraseDeps } from './usecases/erase-threads.ts';
import type { ToolRouteDeps } from './routes/tool-routes.ts';

export interface Threads extends ThreadRouteDeps, ToolRouteDeps, McpRouteDeps, EraseDeps {
  readonly env: ThreadsEnv;
  readonly inference: Inference;
}

/** Once per cold start. */
export const wireThreads = (): Threads => {
  const env = readEnv(threadsEnv);
  const inference = wireInference();
  const rows = dynamoTables({
    client: dynamoClient(),
    tableNames: {
      threads: env.THREADS_TABLE,
      chunks: env.CHUNKS_TABLE,
      connections: env.CONNECTIONS_TABLE,
    },
  });
  const objects = { client: new S3Client(), bucket: env.BLOBS_BUCKET };
  const tables = blobTables(rows, s3Blobs(objects));
  const store = tableThreadStore({ tables, timers, random: Math.random });
  const isLoopbackAllowed = env.LOCAL_WEBHOOKS === 'allow';
  const send = outbound({ isLoopbackAllowed, resolve: systemResolve });
  const registered = registeredTools(tables);
  const servers = mcpServers(tables);
  return {
    env,
    inference,
    keys: inference.keys,
    store,
    eraser: tableThreadEraser({
      tables: rows,
      removeObjects: async (threadId) => await removeBlobs(objects, threadId),
    }),
    chunks: tableChunkLog({ tables, timers }),
    model: meteredTurnModel(inference),
    tools: projectToolBox({
      store,
      tools: registered,
      webhook: callWebhook({ send, timers }),
      mcpServers: servers,
      mcp: mcpTools({ send, timers, report }),
    }),
    mcpServers: servers,
    registered,
    isLoopbackAllowed,
    starter: lambdaTurnStarter({
      client: new LambdaClient(),
      functionName: env.RUN_TURN_FUNCTION,
    }),
    timers,
    report,
  };
};

const timers: Timers = {
  nowMs: () => Date.now(),
  sleep: async (ms, signal) => {
    await wait(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  },
};
