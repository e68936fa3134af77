import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../local/free-port.ts';
import { stackIn, startStack, type Stack } from './stack.ts';

const UPSTREAM = 'upstream.port';

/** A running stack that files share, one after the other, and the port of the provider that each of them serves. */
export interface SharedStack {
  readonly stateDir: string;
  readonly upstreamPort: number;
}

/** Where a worker of the test run keeps its stack; null outside of such a run. */
export const sharedStack = async (): Promise<SharedStack | null> => {
  const { SLUICE_TEST_STACKS: folder, VITEST_POOL_ID: worker } = process.env;
  if (folder === undefined || worker === undefined) return null;
  const stateDir = join(folder, worker);
  const file = join(stateDir, UPSTREAM);
  if (!existsSync(file)) {
    mkdirSync(stateDir, { recursive: true });
    writeFileSync(file, String(await freePort()));
  }
  return { stateDir, upstreamPort: Number(readFileSync(file, 'utf8')) };
};

/** The stack as the file before left it, or a new one: a file may have died with it. */
export const joinOrStart = async (
  { stateDir }: SharedStack,
  env: Readonly<Record<string, string>>,
): Promise<Stack> => {
  const running = stackIn(stateDir);
  if (running?.isAlive() === true) return running;
  return await startStack(env, stateDir);
};
