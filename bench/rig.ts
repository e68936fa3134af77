import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { functionsOf } from '../local/lambda/functions.ts';
import type { FunctionConfig } from '../local/lambda/function-host.ts';
import { startStorage } from '../local/dynamo/storage.ts';
import { readTemplates } from '../local/template.ts';
import { startStack } from '../test/support/stack.ts';
import { ledgerResult, type LedgerPlan, type LedgerResult } from './ledger-plan.ts';
import { startPortkey } from './peer.ts';
import { runProgram, startProgram } from './processes.ts';

const KEYS_TABLE = 'KeysTable';
const CHAT = '/v1/chat/completions';
/** The gateway is measured, not the disk under the engine. */
const MEMORY_DISK = '/dev/shm';

/** One way to the upstream. */
export interface Target {
  readonly name: 'direct' | 'sluice' | 'portkey';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The gateway's process; null: there is none in the way. */
  readonly pid: number | null;
}

/** Everything that is measured, running: the upstream, the engine, Sluice and the peer, each a process of its own. */
export interface Rig {
  readonly targets: readonly Target[];
  readonly enginePid: number;
  readonly functions: readonly FunctionConfig[];
  ledger(plan: Omit<LedgerPlan, 'keysTable'>): Promise<LedgerResult>;
  /** Leaves the engine to what follows: Sluice would read each new key of its stream. */
  stopGateways(): Promise<void>;
  stop(): Promise<void>;
}

const localFile = z.object({ environment: z.record(z.string(), z.string()) });
const address = z.object({ port: z.number() });

export const startRig = async (): Promise<Rig> => {
  const stateDir = mkdtempSync(
    join(existsSync(MEMORY_DISK) ? MEMORY_DISK : tmpdir(), 'sluice-bench-'),
  );
  const stops: (() => unknown)[] = [() => rmSync(stateDir, { recursive: true, force: true })];
  const stop = async (): Promise<void> => {
    for (const end of stops.toReversed()) await end();
  };
  try {
    const provider = await startProgram(['bench/upstream.ts']);
    stops.push(async () => await provider.stop());
    const upstream = `http://127.0.0.1:${address.parse(JSON.parse(provider.line)).port}`;
    const engineDir = join(stateDir, 'engine');
    const engine = await startStorage(engineDir, undefined);
    stops.push(() => engine.stop());
    const stack = await startStack(
      {
        OPENAI_BASE_URL: `${upstream}/v1`,
        OPENAI_API_KEY: 'sk-upstream',
        DYNAMODB_ENDPOINT: engine.endpoint,
      },
      stateDir,
    );
    stops.push(async () => await stack.stop());
    const portkey = await startPortkey();
    stops.push(async () => await portkey.stop());
    const { environment } = localFile.parse(
      JSON.parse(readFileSync(join(stateDir, 'local.json'), 'utf8')),
    );
    const hosts = functionsOf(
      readTemplates(join(stateDir, 'cdk.out')),
      { environment, addresses: [] },
      {
        logDir: join(stateDir, 'probe-logs'),
        onLine: () => undefined,
      },
    );
    const json = { 'content-type': 'application/json' };
    return {
      targets: [
        { name: 'direct', url: `${upstream}${CHAT}`, headers: json, pid: null },
        { name: 'sluice', url: `${stack.baseUrl}${CHAT}`, headers: json, pid: stack.pid },
        {
          name: 'portkey',
          url: `${portkey.url}${CHAT}`,
          headers: {
            ...json,
            'x-portkey-provider': 'openai',
            'x-portkey-custom-host': `${upstream}/v1`,
          },
          pid: portkey.pid,
        },
      ],
      enginePid: Number(readFileSync(join(engineDir, 'engine.pid'), 'utf8')),
      functions: hosts.map(([, host]) => host.config),
      ledger: async (plan) =>
        ledgerResult.parse(
          await runProgram(
            'bench/ledger-probe.ts',
            { ...plan, keysTable: KEYS_TABLE },
            environment,
          ),
        ),
      stopGateways: async () => {
        await stack.stop();
        await portkey.stop();
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};
