import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import * as z from 'zod';
import type { FunctionConfig } from '../local/lambda/function-host.ts';
import { proxyEvent } from '../local/http/proxy-event.ts';
import { median, shown, table } from './figures.ts';
import { runProgram } from './processes.ts';
import type { Rig } from './rig.ts';
import { bodyOf } from './targets.ts';

const COLD_STARTS = 5;
const HOT = 'chat-completions';
const AT_ONCE = 16;
const CHAT = '/v1/chat/completions';

const probeResult = z.object({
  initMs: z.number(),
  initRssMb: z.number(),
  firstByteMs: z.array(z.number()),
  totalMs: z.array(z.number()),
  cpuMs: z.number(),
});

interface ProbePlan {
  readonly event: unknown;
  readonly calls: number;
  readonly warmUps: number;
  readonly concurrency: number;
}

const NO_CALLS: ProbePlan = { event: null, calls: 0, warmUps: 0, concurrency: 1 };

const probe = async (config: FunctionConfig, plan: ProbePlan) =>
  probeResult.parse(
    await runProgram(
      'bench/function-probe.mjs',
      { ...plan, bundle: pathToFileURL(config.bundle).href },
      { ...config.environment, AWS_LAMBDA_FUNCTION_NAME: config.id },
    ),
  );

/** Size and cold start of each function of the template, each start in a fresh process with its own environment. */
export const measureFunctions = async (functions: readonly FunctionConfig[]): Promise<string> => {
  const rows: (readonly string[])[] = [];
  for (const config of functions) {
    const starts = [];
    for (let start = 0; start < COLD_STARTS; start++) starts.push(await probe(config, NO_CALLS));
    const code = readFileSync(config.bundle);
    rows.push([
      nameOf(config),
      shown(statSync(config.bundle).size / 1_000, 0),
      shown(gzipSync(code).length / 1_000, 0),
      shown(median(starts.map(({ initMs }) => initMs)), 0),
      shown(Math.min(...starts.map(({ initMs }) => initMs)), 0),
      shown(median(starts.map(({ initRssMb }) => initRssMb)), 0),
      String(config.memoryMb),
    ]);
  }
  const head = [
    'function',
    'bundle, KB',
    'gzipped, KB',
    'cold init p50, ms',
    'least, ms',
    'RSS after init, MB',
    'memory given, MB',
  ];
  return table(head, rows);
};

export interface HotFunction {
  readonly wholeMs: readonly number[];
  readonly firstByteMs: readonly number[];
  readonly holdMs: readonly number[];
  readonly settleMs: readonly number[];
  readonly wholeCpuMs: number;
  readonly streamCpuMs: number;
}

interface HotPlan {
  readonly keys: readonly string[];
  readonly calls: number;
  readonly rounds: number;
  readonly warmUps: number;
}

/**
 * The hot path without any HTTP server in front: what Lambda runs and bills. In turn with the ledger's two writes alone,
 * because one is taken off the other.
 */
export const measureHotFunction = async (
  rig: Rig,
  { keys, calls, rounds, warmUps }: HotPlan,
): Promise<HotFunction> => {
  const config = rig.functions.find((found) => nameOf(found) === HOT);
  const [key = ''] = keys;
  if (config === undefined) throw new Error(`the template has no ${HOT}`);
  const run = async (isStream: boolean, concurrency: number) =>
    await probe(config, {
      event: eventOf(key, isStream),
      calls: concurrency === 1 ? calls : calls * 3,
      warmUps,
      concurrency,
    });
  const alone = { mint: 0, keys: [...keys], warmUps, calls, isCapacityAsked: false };
  const writes = [];
  const wholes = [];
  const streams = [];
  for (let round = 0; round < rounds; round++) {
    writes.push(await rig.ledger(alone));
    wholes.push(await run(false, 1));
    streams.push(await run(true, 1));
  }
  return {
    wholeMs: wholes.flatMap(({ totalMs }) => totalMs),
    firstByteMs: streams.flatMap(({ firstByteMs }) => firstByteMs),
    holdMs: writes.flatMap(({ holdMs }) => holdMs),
    settleMs: writes.flatMap(({ settleMs }) => settleMs),
    wholeCpuMs: (await run(false, AT_ONCE)).cpuMs,
    streamCpuMs: (await run(true, AT_ONCE)).cpuMs,
  };
};

const nameOf = ({ entry, id }: FunctionConfig): string =>
  entry === null ? id : basename(entry, '.lambda.ts');

const eventOf = (key: string, isStream: boolean): object =>
  proxyEvent({
    method: 'POST',
    url: new URL(`http://127.0.0.1${CHAT}`),
    route: { method: 'POST', resource: CHAT, functionId: '', isStreamed: true },
    params: {},
    headers: [
      ['authorization', `Bearer ${key}`],
      ['content-type', 'application/json'],
    ],
    body: bodyOf(isStream),
    requestId: 'bench',
    nowMs: Date.now(),
  });
