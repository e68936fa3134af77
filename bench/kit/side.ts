import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as z from 'zod';
import type { FunctionConfig } from '../../local/lambda/function-host.ts';
import { functionsOf } from '../../local/lambda/functions.ts';
import { readTemplates } from '../../local/template.ts';
import type { Build } from './builds.ts';
import { eventOf, type Call, type RawEvent } from './events.ts';
import { startHost, type Host } from './host.ts';
import { runProgram } from './processes.ts';
import { ask } from './runtime.ts';

/** The product is measured, not the disk under its engine. */
const MEMORY_DISK = '/dev/shm';
const KEYS = 16;
const REMAINING_MS = 120_000;

const spread = z.object({
  count: z.number(),
  p50: z.number().nullable(),
  p99: z.number().nullable(),
});

export const probed = z.object({
  initMs: z.number(),
  delays: spread,
  firstDelays: spread,
  firstByte: spread,
  total: spread,
  bytes: z.number(),
  answers: z.array(z.string()).default([]),
  /** Of all calls together. */
  cpuMs: z.number(),
  rssMaxMb: z.number(),
});
export type Probed = z.infer<typeof probed>;

export interface ProbePlan {
  /** A function by the name of its entry. */
  readonly entry: string;
  readonly kind: 'streamed' | 'whole' | 'event';
  readonly warmUps: readonly (Call | RawEvent)[];
  readonly calls: readonly (Call | RawEvent)[];
  readonly concurrency: number;
  /** How far apart the calls begin, when they run side by side. */
  readonly apartMs?: number;
  /** The time that each call is given as what its function has left. */
  readonly remainingMs?: number;
  /** Through the meter, so that what it consumes is counted. */
  readonly isMetered?: boolean;
  /** Hands back the bodies of whole answers. */
  readonly isAnswerKept?: boolean;
}

/** One build with an engine, tables and keys of its own. */
export const startSide = async (name: string, build: Build, upstream: string) => {
  const disk = existsSync(MEMORY_DISK) ? MEMORY_DISK : tmpdir();
  const stateDir = mkdtempSync(join(disk, 'sluice-bench-'));
  const removeState = (): void => rmSync(stateDir, { recursive: true, force: true });
  process.once('exit', removeState);
  const host = await startHost(build, stateDir, upstream);
  const stop = async (): Promise<void> => {
    await host.stop();
    removeState();
  };
  try {
    await host.serve('stack');
    const keys = await mintKeys(host, KEYS);
    const [key = ''] = keys;
    // The very first start of a checkout fills caches; what is measured is one of those after it.
    await host.serve('functions');
    const resources = readTemplates(join(stateDir, 'cdk.out'));
    const functions = functionsOf(
      resources,
      { environment: host.environment(), addresses: [] },
      { logDir: join(stateDir, 'probe-logs'), onLine: () => undefined },
    ).map(([, { config }]) => config);
    return {
      ...host,
      name,
      stateDir,
      resources,
      functions,
      /** Secrets that no limit holds up. */
      keys,
      api: async (method: string, path: string, body?: object) =>
        await ask(host.running().base_url, method, path, key, body),
      /** Calls one function in a process of its own. */
      probe: async (plan: ProbePlan) =>
        await probe(host, functionNamed(functions, plan.entry), key, plan),
      /** Runs a module that measures the build's code from inside, in the environment of a function that has every table. */
      inside: async (module: string, plan: object): Promise<unknown> =>
        await runProgram(
          insideModule(build, module),
          { ...plan, root: pathToFileURL(join(build.root, '/')).href },
          { ...functionNamed(functions, 'append-message').environment, ...host.environment() },
        ),
      build,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};
export type Side = Awaited<ReturnType<typeof startSide>>;

/** Keys that no limit holds up; the local runtime has to run. */
export const mintKeys = async (
  host: Pick<Host, 'running'>,
  count: number,
): Promise<readonly string[]> => {
  const minted = z.looseObject({ secret: z.string() });
  const keys: string[] = [];
  while (keys.length < count) {
    const answer = await host.running().post('/v1/keys', host.running().admin_key, {
      name: 'bench',
      user_id: 'reader',
      max_spend_usd: 1_000,
      rpm: 100_000,
      max_concurrency: 1_000,
    });
    keys.push(minted.parse(await answer.json()).secret);
  }
  return keys;
};

const probe = async (
  host: Host,
  config: FunctionConfig,
  key: string,
  plan: ProbePlan,
): Promise<Probed> => {
  const events = (all: ProbePlan['calls']) =>
    all.map((call) =>
      'event' in call ? call.event : eventOf(call, key, plan.kind === 'streamed'),
    );
  return probed.parse(
    await runProgram(
      'bench/probes/function.mjs',
      {
        bundle: pathToFileURL(config.bundle).href,
        kind: plan.kind,
        warmUps: events(plan.warmUps),
        events: events(plan.calls),
        concurrency: plan.concurrency,
        apartMs: plan.apartMs ?? 0,
        remainingMs: plan.remainingMs ?? REMAINING_MS,
        isAnswerKept: plan.isAnswerKept ?? false,
      },
      {
        ...config.environment,
        ...host.environment(),
        ...(plan.isMetered === true ? { AWS_ENDPOINT_URL_DYNAMODB: host.meter.endpoint } : {}),
        AWS_LAMBDA_FUNCTION_NAME: config.id,
      },
    ),
  );
};

/** A build that has no such module of its own is measured by the one that is kept for it. */
const insideModule = ({ root }: Build, name: string): string => {
  const own = join(root, `bench/probes/${name}.ts`);
  return existsSync(own) ? own : fileURLToPath(new URL(`../before/${name}.mjs`, import.meta.url));
};

export const functionNamed = (
  functions: readonly FunctionConfig[],
  entry: string,
): FunctionConfig => {
  const found = functions.find((config) => nameOf(config) === entry);
  if (found === undefined) throw new Error(`the template has no ${entry}`);
  return found;
};

export const nameOf = ({ entry, id }: FunctionConfig): string =>
  entry === null ? id : basename(entry, '.lambda.ts');
