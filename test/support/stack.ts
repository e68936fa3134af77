import { spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { freePort } from '../../local/free-port.ts';
import { deployedStage } from './deployed-stage.ts';

/** Each bounds a hang; neither is how long anything may take. */
const START_WITHIN_MS = 240_000;
const HOLDS_WITHIN_MS = 120_000;
const LOOK_EVERY_MS = 50;
const ASK_EVERY_MS = 100;

const OUTPUT = 'output.log';
const localFile = z.object({ base_url: z.string(), admin_key: z.string(), pid: z.number() });

export interface Stack {
  readonly baseUrl: string;
  readonly adminKey: string;
  readonly stateDir: string;
  readonly pid: number;
  readonly isAlive: () => boolean;
  /** What it has printed since it started. */
  output(): string;
  stop(): Promise<void>;
  /** As a power cut does it. */
  kill(): Promise<void>;
}

export interface StackOptions {
  /** The project that is started; this one, or a copy of it. */
  readonly root?: string;
  readonly args?: readonly string[];
  /** It has a cloud assembly of its own, as after `npm start`, which the test may change. */
  readonly synthesizes?: boolean;
  /** It leads a group of processes, as on a terminal, whose signals go to all of the group. */
  readonly leads?: boolean;
}

/** Starts the real runtime as its own process, or joins the deployed stage that the environment names. */
export const startStack = async (
  env: Readonly<Record<string, string>> = {},
  stateDir = mkdtempSync(join(tmpdir(), 'sluice-stack-')),
  port?: string,
  { root = process.cwd(), args = [], synthesizes = false, leads = false }: StackOptions = {},
): Promise<Stack> => {
  if (deployedStage !== null) return joined(env);
  mkdirSync(stateDir, { recursive: true });
  rmSync(join(stateDir, 'local.json'), { force: true });
  const assembly = process.env['SLUICE_TEST_ASSEMBLY'];
  const isShared = !synthesizes && root === process.cwd() && env['CDK_CONTEXT_JSON'] === undefined;
  const hosted = isShared && assembly !== undefined ? ['--assembly', assembly] : [];
  // One that stays free when it is killed, and starts there again.
  const ownPort = port ?? String(await freePort());
  const log = openSync(join(stateDir, OUTPUT), 'w');
  const child = spawn(
    process.execPath,
    ['local/start.ts', '--port', ownPort, '--state-dir', stateDir, ...hosted, ...args],
    {
      cwd: root,
      env: { ...process.env, NODE_OPTIONS: '', ...env },
      stdio: ['ignore', log, log],
      detached: leads,
    },
  );
  closeSync(log);
  // A stack may outlive the process that has started it: others share it.
  child.unref();
  const untilMs = Date.now() + START_WITHIN_MS;
  for (;;) {
    const stack = stackIn(stateDir);
    if (stack !== null) return stack;
    if (child.exitCode !== null)
      throw new Error(`the stack ended with ${child.exitCode}: ${outputIn(stateDir)}`);
    if (Date.now() > untilMs) break;
    await sleep(LOOK_EVERY_MS);
  }
  child.kill('SIGKILL');
  throw new Error(`the stack did not start: ${outputIn(stateDir)}`);
};

/** The stack whose state is in this folder, whoever has started it; null: none has come up. */
export const stackIn = (stateDir: string): Stack | null => {
  const file = join(stateDir, 'local.json');
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  if (text === '') return null;
  const { base_url: baseUrl, admin_key: adminKey, pid } = localFile.parse(JSON.parse(text));
  return {
    baseUrl,
    adminKey,
    stateDir,
    pid,
    isAlive: () => isAlive(pid),
    output: () => outputIn(stateDir),
    stop: async () => await ended(pid, 'SIGTERM'),
    kill: async () => await ended(pid, 'SIGKILL'),
  };
};

const outputIn = (stateDir: string): string => readFileSync(join(stateDir, OUTPUT), 'utf8');

const ofDeployedStage = (): never => {
  throw new Error('a deployed stage is not stopped by a test: use laptopTest, with the reason');
};

/** Its providers were set before, by the command that the stage itself names. */
const joined = (env: Readonly<Record<string, string>>): Stack => {
  const other = Object.keys(env).find((name) => !name.startsWith('OPENAI_'));
  if (other !== undefined) throw new Error(`a deployed stage does not read ${other}`);
  return {
    baseUrl: deployedStage?.baseUrl ?? '',
    adminKey: deployedStage?.adminKey ?? '',
    stateDir: '',
    pid: 0,
    isAlive: () => true,
    output: ofDeployedStage,
    stop: async () => await Promise.resolve(),
    kill: ofDeployedStage,
  };
};

const ended = async (pid: number, signal: NodeJS.Signals): Promise<void> => {
  if (!isAlive(pid)) return;
  process.kill(pid, signal);
  while (isAlive(pid)) await sleep(LOOK_EVERY_MS);
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    if (process.platform !== 'linux' || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')))
      return true;
    // A zombie has ended too, when its threads have: the last of them gives its port back.
    return readdirSync(`/proc/${pid}/task`).length > 1;
  } catch {
    return false;
  }
};

/** Asks again until the check holds; the last failure is thrown. */
export const eventually = async (
  check: () => Promise<void>,
  withinMs = HOLDS_WITHIN_MS,
): Promise<void> => {
  const untilMs = Date.now() + withinMs;
  for (;;) {
    try {
      await check();
      return;
    } catch (error) {
      if (Date.now() > untilMs) throw error;
      await sleep(ASK_EVERY_MS);
    }
  }
};
