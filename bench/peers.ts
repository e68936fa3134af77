import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const PEERS = fileURLToPath(new URL('peers/', import.meta.url));

/** The peers at the versions that peers/package.json pins, installed beside the project, not in it. */
export const installPeers = (neededFile: string): void => {
  if (existsSync(join(PEERS, 'node_modules', neededFile))) return;
  console.error('Installing the peers (npm ci in bench/peers)...');
  const done = spawnSync(
    'npm',
    ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
    { cwd: PEERS, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  if (done.status !== 0) throw new Error('npm ci in bench/peers failed');
};
