import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import * as z from 'zod';
import { listenHere } from '../../local/http/listen-here.ts';
import { startStorage } from '../../local/dynamo/storage.ts';
import type { Build } from './builds.ts';
import { startCapacityMeter } from './capacity-meter.ts';
import { startRuntime, type Runtime } from './runtime.ts';

/**
 * `stack`: the whole local runtime runs. `functions`: it has ended, and functions are called alone. `metered`: it runs
 * with a proxy before its engine that counts capacity units.
 */
export type Mode = 'stack' | 'functions' | 'metered';

/** What `npm start` runs: it ends when the runtime has ended, which npm does not. */
const NPM_START = [process.execPath, 'scripts/run.mjs', 'local/start.ts'] as const;

/** A build's engine, which stays, and its local runtime, which is started and ended by the mode. */
export const startHost = async (build: Build, stateDir: string, upstream: string) => {
  const engineDir = join(stateDir, 'engine');
  const engine = await startStorage(engineDir, undefined);
  // A signal may come while the build is still starting, when nobody holds what would stop it.
  process.once('exit', () => engine.stop());
  const meter = await startCapacityMeter(engine.endpoint);
  const secrets = await startSecrets(join(stateDir, 'secrets.json'));
  let mode: Mode | null = null;
  let runtime: Runtime | null = null;
  let environment: Readonly<Record<string, string>> = {};

  const end = async (): Promise<void> => {
    await runtime?.stop();
    runtime = null;
  };
  const start = async (endpoint: string): Promise<void> => {
    runtime = await startRuntime(build, stateDir, NPM_START, {
      OPENAI_BASE_URL: `${upstream}/v1`,
      OPENAI_API_KEY: 'sk-upstream',
      DYNAMODB_ENDPOINT: endpoint,
    });
    environment = { ...runtime.environment, AWS_ENDPOINT_URL_DYNAMODB: engine.endpoint };
  };
  return {
    engine: engine.endpoint,
    enginePid: Number(readFileSync(join(engineDir, 'engine.pid'), 'utf8')),
    meter,
    serve: async (wanted: Mode): Promise<void> => {
      if (mode === wanted) return;
      await end();
      if (wanted === 'functions')
        environment = { ...environment, AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url };
      else await start(wanted === 'metered' ? meter.endpoint : engine.endpoint);
      mode = wanted;
    },
    running: (): Runtime => {
      if (runtime === null) throw new Error('the local runtime does not run in this mode');
      return runtime;
    },
    /** What a function alone needs to reach the engine and the secrets. */
    environment: () => environment,
    stop: async (): Promise<void> => {
      await end();
      secrets.stop();
      meter.stop();
      engine.stop();
    },
  };
};
export type Host = Awaited<ReturnType<typeof startHost>>;

/** The secrets that a local runtime left behind, on the wire of Secrets Manager. */
const startSecrets = async (file: string) => {
  const server = createServer((request, response) => {
    void (async () => {
      const { SecretId } = z
        .object({ SecretId: z.string() })
        .parse(JSON.parse(await text(request)));
      const secrets = z
        .record(z.string(), z.string())
        .parse(JSON.parse(readFileSync(file, 'utf8')));
      response.setHeader('content-type', 'application/x-amz-json-1.1');
      response.end(JSON.stringify({ Name: SecretId, SecretString: secrets[SecretId] }));
    })().catch(() => response.destroy());
  });
  return {
    url: `http://127.0.0.1:${await listenHere(server)}`,
    stop: (): void => {
      server.closeAllConnections();
      server.close();
    },
  };
};
