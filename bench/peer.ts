import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../local/storage.ts';
import { startProgram, type Running } from './processes.ts';

const FOLDER = fileURLToPath(new URL('peers/', import.meta.url));
const SERVER = join(FOLDER, 'node_modules/@portkey-ai/gateway/build/start-server.js');
const START_TRIES_MAX = 200;

export interface Peer extends Running {
  readonly url: string;
}

/** Portkey's gateway at the version that peers/package.json pins, installed beside the project, not in it. */
export const startPortkey = async (): Promise<Peer> => {
  install();
  const port = await freePort();
  const running = await startProgram([SERVER, '--headless', `--port=${port}`], {
    NODE_ENV: 'production',
  });
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; tries < START_TRIES_MAX; tries++) {
    try {
      await fetch(url, { signal: AbortSignal.timeout(1_000) });
      return { ...running, url };
    } catch {
      await sleep(50);
    }
  }
  await running.stop();
  throw new Error('Portkey did not start');
};

const install = (): void => {
  if (existsSync(SERVER)) return;
  console.error('Installing the peer (npm ci in bench/peers)...');
  const done = spawnSync(
    'npm',
    ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
    { cwd: FOLDER, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  if (done.status !== 0) throw new Error('npm ci in bench/peers failed');
};
