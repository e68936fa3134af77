import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { messageOf } from './message-of.ts';

const LOCK = 'stack.pid';
const LOCAL = 'local.json';
const localFile = z.object({ base_url: z.string() });

/** One stack has a folder at a time. Throws where another one runs on it; the function that comes back gives it free. */
export const lockFolder = (stateDir: string): (() => void) => {
  mkdirSync(stateDir, { recursive: true });
  const path = join(stateDir, LOCK);
  const holder = existsSync(path) ? Number(readFileSync(path, 'utf8')) : 0;
  if (isStack(holder))
    throw new Error(
      `${stateDir} is the state folder of a stack that runs${addressIn(stateDir)} as process ${holder}: end that one, or name another folder with --state-dir`,
    );
  rmSync(path, { force: true });
  writeState(path, String(process.pid), 'wx');
  return () => rmSync(path, { force: true });
};

/** A stack that was killed leaves its number behind, which another program may have by now. */
const isStack = (pid: number): boolean => {
  if (!Number.isSafeInteger(pid) || pid <= 0 || pid === process.pid) return false;
  const asked = spawnSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' });
  return /local\/start\.ts/.test(asked.stdout ?? '');
};

const addressIn = (stateDir: string): string => {
  const { data } = localFile.safeParse(readOrNull(join(stateDir, LOCAL)));
  return data === undefined ? '' : ` at ${data.base_url}`;
};

const readOrNull = (path: string): unknown => {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
};

/** What a file of the state folder holds; undefined: there is none. Throws by the name of a file that cannot be read. */
export const readState = <T>(path: string, schema: z.ZodType<T>): T | undefined => {
  if (!existsSync(path)) return undefined;
  try {
    return schema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    throw new Error(
      `${path} is not what a stack writes there: mend it, delete it, or start again with --fresh`,
      { cause },
    );
  }
};

/** For its owner alone. Throws by the name of a file that cannot be written, as on a full disk. */
export const writeState = (path: string, text: string, flag: 'w' | 'wx' = 'w'): void => {
  try {
    writeFileSync(path, text, { mode: 0o600, flag });
  } catch (cause) {
    throw new Error(`${path} cannot be written (${messageOf(cause)})`, { cause });
  }
};
