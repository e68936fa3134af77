import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { deployedStage } from './deployed-stage.ts';

const START_TRIES_MAX = 600;
const localFile = z.object({ base_url: z.string(), admin_key: z.string(), pid: z.number() });

export interface Stack {
  readonly baseUrl: string;
  readonly adminKey: string;
  readonly stateDir: string;
  readonly pid: number;
  /** What it has printed so far. */
  output(): string;
  stop(): Promise<void>;
  /** As a power cut does it. */
  kill(): Promise<void>;
}

/** Starts the real runtime as its own process, or joins the deployed stage that the environment names. */
export const startStack = async (
  env: Readonly<Record<string, string>> = {},
  stateDir = mkdtempSync(join(tmpdir(), 'sluice-stack-')),
  port = '0',
  { root = process.cwd(), args = [] }: { root?: string; args?: readonly string[] } = {},
): Promise<Stack> => {
  if (deployedStage !== null) return joined(env);
  rmSync(join(stateDir, 'local.json'), { force: true });
  const child = spawn(
    process.execPath,
    ['local/start.ts', '--port', port, '--state-dir', stateDir, ...args],
    {
      cwd: root,
      env: { ...process.env, NODE_OPTIONS: '', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  for (const pipe of [child.stdout, child.stderr])
    pipe.on('data', (text: Buffer) => (output += text.toString()));
  const file = join(stateDir, 'local.json');
  for (let tries = 0; tries < START_TRIES_MAX; tries++) {
    if (child.exitCode !== null)
      throw new Error(`the stack ended with ${child.exitCode}: ${output}`);
    if (existsSync(file) && readFileSync(file, 'utf8') !== '') {
      const { base_url, admin_key, pid } = localFile.parse(JSON.parse(readFileSync(file, 'utf8')));
      return {
        baseUrl: base_url,
        adminKey: admin_key,
        stateDir,
        pid,
        output: () => output,
        stop: async () => await ended(child, 'SIGTERM'),
        kill: async () => await ended(child, 'SIGKILL'),
      };
    }
    await sleep(100);
  }
  child.kill('SIGKILL');
  throw new Error(`the stack did not start: ${output}`);
};

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
    output: ofDeployedStage,
    stop: async () => await Promise.resolve(),
    kill: ofDeployedStage,
  };
};

const ended = async (child: ChildProcess, signal: NodeJS.Signals): Promise<void> => {
  if (child.exitCode !== null) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await exit;
};

/** Asks again until the check holds; the last failure is thrown. */
export const eventually = async (check: () => Promise<void>, withinMs = 15_000): Promise<void> => {
  const until = Date.now() + withinMs;
  for (;;) {
    try {
      await check();
      return;
    } catch (error) {
      if (Date.now() > until) throw error;
      await sleep(100);
    }
  }
};
