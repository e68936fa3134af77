import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Ran {
  readonly status: number;
  /** Both outputs as they came. */
  readonly output: string;
}

const TIMEOUT_MS = 300_000;

/** Runs a command to its end beside whatever else is going on. */
export const run = async (
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly timeoutMs?: number } = {},
): Promise<Ran> => {
  const child = spawn(command, args, {
    cwd: options.cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: options.timeoutMs ?? TIMEOUT_MS,
  });
  let output = '';
  for (const pipe of [child.stdout, child.stderr])
    pipe.on('data', (text: Buffer) => (output += text.toString()));
  await once(child, 'close');
  return { status: child.exitCode ?? 1, output };
};

/** `run` for a command that must succeed. */
export const mustRun = async (...args: Parameters<typeof run>): Promise<string> => {
  const { status, output } = await run(...args);
  if (status !== 0) throw new Error(`${args[0]} ${args[1].join(' ')} failed\n${output}`);
  return output;
};

/** The words of a command line that has no blank inside a word. */
export const words = (line: string): readonly string[] => line.split(' ');
