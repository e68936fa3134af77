import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../local/free-port.ts';
import { installFolderWithoutScripts } from '../../scripts/install-folder.ts';
import { CACHE } from './builds.ts';
import { outerEnvironment } from './processes.ts';
import { pythonBin } from './python.ts';

const PEERS = fileURLToPath(new URL('../peers/', import.meta.url));
const START_LOOKS_MAX = 1_200;
const START_LOOK_MS = 100;

export interface Peer {
  readonly name: string;
  readonly baseUrl: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly pid: number;
  readonly stop: () => Promise<void>;
}

/** The peers in npm at the versions that bench/peers pins, installed beside the project, not in it. */
export const installPeers = (): void => {
  if (!installFolderWithoutScripts(PEERS)) throw new Error('the peers did not install');
};

/** Portkey's gateway: it authenticates nobody and meters nothing. */
export const startPortkey = async (upstream: string): Promise<Peer> => {
  installPeers();
  const port = await freePort();
  const script = join(PEERS, 'node_modules/@portkey-ai/gateway/build/start-server.js');
  const running = await startServer(port, '/', process.execPath, [
    script,
    '--headless',
    `--port=${port}`,
  ]);
  const headers = { 'x-portkey-provider': 'openai', 'x-portkey-custom-host': `${upstream}/v1` };
  return { name: 'Portkey', headers, ...running };
};

/**
 * LiteLLM's proxy with one worker, as its own page for production sets it (https://docs.litellm.ai/docs/proxy/prod), and
 * without a database: it checks one key, and keeps no spend. null: it cannot be installed here, and why was printed.
 */
export const startLitellm = async (upstream: string): Promise<Peer | null> => {
  const bin = litellmBin();
  if (bin === null) return null;
  const port = await freePort();
  const key = `sk-${randomBytes(16).toString('hex')}`;
  const config = join(CACHE, `litellm-${port}.json`);
  const account = {
    model: 'openai/gpt-4o-mini',
    api_base: `${upstream}/v1`,
    api_key: 'sk-upstream',
  };
  // JSON is YAML.
  writeFileSync(
    config,
    JSON.stringify({ model_list: [{ model_name: 'gpt-4o-mini', litellm_params: account }] }),
  );
  const running = await startServer(
    port,
    '/health/liveliness',
    join(bin, 'litellm'),
    ['--config', config, '--host', '127.0.0.1', '--port', String(port), '--num_workers', '1'],
    {
      LITELLM_MASTER_KEY: key,
      LITELLM_LOG: 'ERROR',
      LITELLM_MODE: 'PRODUCTION',
      // Its start would wait for a price list from the network.
      LITELLM_LOCAL_MODEL_COST_MAP: 'True',
    },
  );
  return { name: 'LiteLLM', headers: { authorization: `Bearer ${key}` }, ...running };
};

/** null: it cannot be installed here, and why was printed. */
export const litellmBin = (): string | null =>
  pythonBin('litellm', 'LiteLLM', join(PEERS, 'requirements.txt'));

/** Starts a server and waits until it answers. */
const startServer = async (
  port: number,
  path: string,
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
) => {
  const child = spawn(command, [...args], {
    env: { ...outerEnvironment(), NODE_ENV: 'production', ...env },
    stdio: 'ignore',
  });
  const exited = once(child, 'exit');
  const kill = (): void => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
  };
  process.once('exit', kill);
  const stop = async (): Promise<void> => {
    kill();
    await exited;
    process.off('exit', kill);
  };
  const baseUrl = `http://127.0.0.1:${port}`;
  for (let look = 0; look < START_LOOKS_MAX && child.exitCode === null; look++) {
    try {
      await fetch(`${baseUrl}${path}`, { signal: AbortSignal.timeout(1_000) });
      return { baseUrl, pid: child.pid ?? 0, stop };
    } catch {
      await sleep(START_LOOK_MS);
    }
  }
  await stop();
  throw new Error(`${command} did not start`);
};
