import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { request } from 'node:https';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../../local/free-port.ts';

const START_TRIES_MAX = 300;
const STOP_TIMEOUT_MS = 10_000;

export interface Emulator {
  /** What a process needs to reach the emulator as if it were AWS. */
  readonly environment: Readonly<Record<string, string>>;
  readonly logPath: string;
  stop(): Promise<void>;
}

/**
 * Starts MiniStack as its own process on a free port of this machine. It speaks TLS and checks signatures and IAM
 * policies, so that the policies of the template are tried as well.
 */
export const startEmulator = async (ministack: string, folder: string): Promise<Emulator> => {
  const port = await freePort();
  const temporary = join(folder, 'tmp');
  mkdirSync(temporary, { recursive: true });
  const certificate = join(temporary, 'ministack-tls', 'server.crt');
  const logPath = join(folder, 'emulator.log');
  const log = openSync(logPath, 'w');
  const credentials = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };
  const child = spawn(ministack, [], {
    env: {
      PATH: process.env['PATH'],
      HOME: temporary,
      TMPDIR: temporary,
      BIND_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      USE_SSL: '1',
      AUTH: 'true',
      ...credentials,
    },
    stdio: ['ignore', log, log],
  });
  const url = `https://127.0.0.1:${port}`;
  await isReady(child, url, certificate, logPath);
  return {
    logPath,
    environment: {
      ...credentials,
      AWS_REGION: 'us-east-1',
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_ENDPOINT_URL: url,
      // The CDK's own S3 client reads only this one.
      AWS_ENDPOINT_URL_S3: url,
      NODE_EXTRA_CA_CERTS: certificate,
      AWS_CA_BUNDLE: certificate,
      PATH: `${dirname(resolve(ministack))}:${process.env['PATH'] ?? ''}`,
    },
    stop: async () => {
      if (child.exitCode !== null) return;
      child.kill('SIGTERM');
      await Promise.race([once(child, 'exit'), sleep(STOP_TIMEOUT_MS, null, { ref: false })]);
      if (child.exitCode === null) child.kill('SIGKILL');
    },
  };
};

const isReady = async (
  child: ChildProcess,
  url: string,
  certificate: string,
  logPath: string,
): Promise<void> => {
  for (let tries = 0; tries < START_TRIES_MAX; tries++) {
    if (child.exitCode !== null) break;
    if (existsSync(certificate) && (await answers(`${url}/_ministack/ready`, certificate))) return;
    await sleep(100);
  }
  child.kill('SIGKILL');
  throw new Error(`MiniStack did not start\n${readFileSync(logPath, 'utf8').slice(-4_000)}`);
};

const answers = async (url: string, certificate: string): Promise<boolean> =>
  await new Promise((done) => {
    const asked = request(url, { ca: readFileSync(certificate), timeout: 1_000 }, (answer) => {
      answer.resume();
      done(answer.statusCode === 200);
    });
    asked.on('error', () => done(false));
    asked.on('timeout', () => asked.destroy());
    asked.end();
  });
