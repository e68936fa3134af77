import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../local/dynamo/storage.ts';
import { installPeers, PEERS } from './peers.ts';
import { startProgram, type Running } from './processes.ts';

const START_SERVER = '@portkey-ai/gateway/build/start-server.js';
const SERVER = join(PEERS, 'node_modules', START_SERVER);
const START_TRIES_MAX = 200;

export interface Peer extends Running {
  readonly url: string;
}

/** Portkey's gateway at the version that peers/package.json pins, installed beside the project, not in it. */
export const startPortkey = async (): Promise<Peer> => {
  installPeers(START_SERVER);
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
