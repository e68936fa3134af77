import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import * as z from 'zod';

/** Linux counts a process's time in ticks of 10 ms. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
const TICK_MS = 10;
const RUN_TIMEOUT_MS = 240_000;

export interface Running {
  readonly pid: number;
  /** Its first line on standard output. */
  readonly line: string;
  stop(): Promise<void>;
}

/** Starts a program that says on its first line that it is ready. */
export const startProgram = async (args: readonly string[]): Promise<Running> => {
  const child = spawnNode(args, {});
  const lines = createInterface({ input: readable(child) });
  const { value } = await lines[Symbol.asyncIterator]().next();
  lines.close();
  child.stdout?.resume();
  if (typeof value !== 'string') throw new Error(`${args.join(' ')} did not start`);
  return {
    pid: child.pid ?? 0,
    line: value,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
};

/** Runs a program to its end: its plan is JSON on standard input, its answer JSON on its last line. */
export const runProgram = async (
  file: string,
  plan: unknown,
  env: Readonly<Record<string, string>> = {},
): Promise<unknown> => {
  const child = spawnNode([file], env);
  const ended = once(child, 'close');
  child.stdin?.end(JSON.stringify(plan));
  const timer = setTimeout(() => child.kill('SIGKILL'), RUN_TIMEOUT_MS);
  let text = '';
  for await (const part of readable(child)) text += String(part);
  const [code, signal] = z.tuple([z.number().nullable(), z.string().nullable()]).parse(await ended);
  clearTimeout(timer);
  if (code !== 0) throw new Error(`${file} ended with ${code ?? signal}`);
  return JSON.parse(text.trim().split('\n').at(-1) ?? '');
};

/**
 * This process's environment without what its own start set for it (`scripts/run.mjs`): each build starts as it does
 * alone, and no code that was compiled before makes a cold start warm.
 */
export const outerEnvironment = (): NodeJS.ProcessEnv => ({
  ...process.env,
  NODE_OPTIONS: '',
  MALLOC_ARENA_MAX: undefined,
  NODE_COMPILE_CACHE: undefined,
});

const spawnNode = (args: readonly string[], env: Readonly<Record<string, string>>): ChildProcess =>
  spawn(process.execPath, [...profiling(args), ...args], {
    env: { ...outerEnvironment(), ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });

/** `BENCH_PROFILE=thread-probe` writes a processor profile of that program into the folder BENCH_PROFILE_DIR. */
const profiling = ([program = '']: readonly string[]): readonly string[] => {
  const { BENCH_PROFILE: wanted, BENCH_PROFILE_DIR: folder } = process.env;
  return wanted !== undefined && folder !== undefined && program.includes(wanted)
    ? ['--cpu-prof', `--cpu-prof-dir=${folder}`]
    : [];
};

const readable = (child: ChildProcess): NodeJS.ReadableStream => {
  if (child.stdout === null) throw new Error('no standard output');
  return child.stdout;
};

/** Time that a process has had on the cores so far. */
export const cpuMsOf = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
};

export const rssMbOf = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1_024;
