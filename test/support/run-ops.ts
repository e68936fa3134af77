import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import type * as z from 'zod';

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the operator's tool as a person does, with something on its stdin. */
export const runOps = async (
  stateDir: string,
  args: readonly string[],
  input = '',
  environment: Readonly<Record<string, string>> = {},
): Promise<Ran> => {
  const child = spawn(process.execPath, ['ops/ops.ts', '--state-dir', stateDir, ...args], {
    env: { ...process.env, NODE_OPTIONS: '', ...environment },
  });
  child.stdin.end(input);
  const exit = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
  return { code, out, err };
};

export const runOpsJson = async <T>(
  stateDir: string,
  schema: z.ZodType<T>,
  ...args: readonly string[]
): Promise<T> => schema.parse(JSON.parse((await runOps(stateDir, [...args, '--json'])).out));
