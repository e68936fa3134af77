import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../local/free-port.ts';

const START_TRIES_MAX = 200;
const BINARY = '/usr/bin/redis-server';

export interface Redis {
  readonly url: string;
  readonly pid: number;
  stop(): void;
}

/** A Redis of this benchmark's own; null: there is none, and Debian's packages cannot be installed here. */
export const startRedis = async (): Promise<Redis | null> => {
  if (!existsSync(BINARY) && !installed()) return null;
  const port = await freePort();
  const dir = mkdtempSync(join(tmpdir(), 'sluice-redis-'));
  const child = spawn(BINARY, ['--port', String(port), '--save', '', '--dir', dir], {
    stdio: 'ignore',
  });
  const stop = (): void => {
    child.kill('SIGTERM');
    rmSync(dir, { recursive: true, force: true });
  };
  for (let tries = 0; tries < START_TRIES_MAX; tries++) {
    if (await listens(port)) return { url: `redis://127.0.0.1:${port}`, pid: child.pid ?? 0, stop };
    await sleep(20);
  }
  stop();
  throw new Error('Redis did not start');
};

/** Debian's own package, where this process may install one. */
const installed = (): boolean => {
  if (process.getuid?.() !== 0 || spawnSync('apt-get', ['--version']).status !== 0) return false;
  console.error('Installing redis-server (apt-get)...');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...args: readonly string[]): boolean =>
    spawnSync('apt-get', [...args], { stdio: 'ignore', env }).status === 0;
  const install = ['install', '--yes', '--no-install-recommends', 'redis-server'] as const;
  return apt(...install) || (apt('update') && apt(...install));
};

const listens = async (port: number): Promise<boolean> =>
  await new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
