import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import type { Build } from './builds.ts';
import { outerEnvironment } from './processes.ts';

const LOOK_MS = 20;
const START_MS_MAX = 240_000;

const localFile = z.object({
  base_url: z.string(),
  websocket_url: z.string(),
  admin_key: z.string(),
  pid: z.number(),
  environment: z.record(z.string(), z.string()),
});
type LocalFile = z.infer<typeof localFile>;

export interface Runtime extends LocalFile {
  post(path: string, secret: string, body: object): Promise<Response>;
  stop(): Promise<void>;
}

/** Starts a build's local runtime as a command of its own, and waits until it says where it is: the last thing it does. */
export const startRuntime = async (
  { root }: Build,
  stateDir: string,
  [command, ...args]: readonly [string, ...string[]],
  env: Readonly<Record<string, string>> = {},
): Promise<Runtime> => {
  const path = join(stateDir, 'local.json');
  rmSync(path, { force: true });
  // A process group of its own, because npm hands a signal to its shell alone.
  const child = spawn(command, [...args, '--port', '0', '--state-dir', stateDir], {
    cwd: root,
    env: { ...outerEnvironment(), ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
    detached: true,
  });
  const ended = once(child, 'exit');
  const kill = (): void => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-Number(child.pid));
  };
  process.once('exit', kill);
  const stop = async (): Promise<void> => {
    kill();
    await ended;
    process.off('exit', kill);
  };
  const untilMs = performance.now() + START_MS_MAX;
  while (performance.now() < untilMs && child.exitCode === null) {
    const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
    if (text === '') {
      await sleep(LOOK_MS);
      continue;
    }
    const local = localFile.parse(JSON.parse(text));
    return { ...local, post: async (...call) => await ask(local.base_url, 'POST', ...call), stop };
  }
  await stop();
  throw new Error(`the local runtime of ${root} did not start`);
};

export const ask = async (
  baseUrl: string,
  method: string,
  path: string,
  secret: string,
  body?: object,
): Promise<Response> => {
  const answer = await fetch(`${baseUrl}${path}`, {
    method,
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${await answer.text()}`);
  return answer;
};
