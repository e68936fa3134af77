import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as z from 'zod';
import type { FunctionConfig } from '../local/lambda/function-host.ts';
import { functionsOf } from '../local/lambda/functions.ts';
import { proxyEvent } from '../local/http/proxy-event.ts';
import { startStorage } from '../local/dynamo/storage.ts';
import { readTemplates } from '../local/template.ts';
import { startStack } from '../test/support/stack.ts';
import { startCapacityMeter, type CapacityMeter } from './capacity-meter.ts';
import { runProgram, startProgram } from './processes.ts';
import { streamBatch } from './stream-batches.ts';

const MEMORY_DISK = '/dev/shm';
const REMAINING_MS = 120_000;

const spread = z.object({
  count: z.number(),
  p50: z.number().nullable(),
  p99: z.number().nullable(),
});
export type Spread = z.infer<typeof spread>;

export const probed = z.object({
  initMs: z.number(),
  delays: spread,
  firstDelays: spread,
  firstByte: spread,
  total: spread,
  bytes: z.number(),
  cpuMs: z.number(),
  rssMaxMb: z.number(),
});
export type Probed = z.infer<typeof probed>;

export interface Call {
  readonly method: string;
  readonly resource: string;
  readonly path: string;
  readonly params?: Readonly<Record<string, string>>;
  readonly body?: object;
}

/** What another service than the front door hands to a function. */
export interface RawEvent {
  readonly event: object;
}

export interface ProbePlan {
  readonly entry: string;
  readonly kind: 'streamed' | 'whole' | 'event';
  readonly warmUps: readonly (Call | RawEvent)[];
  readonly calls: readonly (Call | RawEvent)[];
  readonly concurrency: number;
  /** How far apart the calls begin, when they run side by side. */
  readonly apartMs?: number;
  /** What each call is told that its function has left. */
  readonly remainingMs?: number;
  /** Through the meter, so that what it consumes is counted. */
  readonly isMetered?: boolean;
}

const idOf = z.looseObject({ id: z.string() });
const localFile = z.object({
  environment: z.record(z.string(), z.string()),
  websocket_url: z.string(),
});

/** The upstream, the engine and the whole stack, with one child key that no limit holds up. */
export const startThreadRig = async () => {
  const stateDir = mkdtempSync(
    join(existsSync(MEMORY_DISK) ? MEMORY_DISK : tmpdir(), 'sluice-bench-'),
  );
  const stops: (() => unknown)[] = [() => rmSync(stateDir, { recursive: true, force: true })];
  const stop = async (): Promise<void> => {
    for (const end of stops.toReversed()) await end();
  };
  try {
    const provider = await startProgram(['bench/paced-upstream.ts']);
    stops.push(async () => await provider.stop());
    const { port } = z.object({ port: z.number() }).parse(JSON.parse(provider.line));
    const upstream = `http://127.0.0.1:${port}`;
    const engineDir = join(stateDir, 'engine');
    const engine = await startStorage(engineDir, undefined);
    stops.push(() => engine.stop());
    const meter: CapacityMeter = await startCapacityMeter(engine.endpoint);
    stops.push(() => meter.stop());
    // The stack goes through the meter; a function alone goes to the engine itself.
    const stack = await startStack(
      {
        OPENAI_BASE_URL: `${upstream}/v1`,
        OPENAI_API_KEY: 'sk-upstream',
        DYNAMODB_ENDPOINT: meter.endpoint,
      },
      stateDir,
    );
    stops.push(async () => await stack.stop());
    const { environment, websocket_url: websocketUrl } = localFile.parse(
      JSON.parse(readFileSync(join(stateDir, 'local.json'), 'utf8')),
    );
    const resources = readTemplates(join(stateDir, 'cdk.out'));
    const functions = functionsOf(
      resources,
      { environment, addresses: [] },
      { logDir: join(stateDir, 'probe-logs'), onLine: () => undefined },
    ).map(([, host]) => host.config);
    const api = async (method: string, path: string, secret: string, body?: object) => {
      const answer = await fetch(`${stack.baseUrl}${path}`, {
        method,
        headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      if (!answer.ok) throw new Error(`${method} ${path}: ${await answer.text()}`);
      return answer;
    };
    const minted = await api('POST', '/v1/keys', stack.adminKey, {
      name: 'bench',
      user_id: 'reader',
      max_spend_usd: 1_000,
      rpm: 100_000,
      max_concurrency: 1_000,
    });
    const { secret } = z.looseObject({ secret: z.string() }).parse(await minted.json());
    return {
      upstream: `${upstream}/v1/chat/completions`,
      logDir: join(stateDir, 'logs'),
      websocketUrl,
      secret,
      enginePid: Number(readFileSync(join(engineDir, 'engine.pid'), 'utf8')),
      engine: engine.endpoint,
      environment: { ...environment, AWS_ENDPOINT_URL_DYNAMODB: engine.endpoint },
      functions,
      meter,
      api: async (method: string, path: string, body?: object) =>
        await api(method, path, secret, body),
      openThread: async (): Promise<string> =>
        idOf.parse(await (await api('POST', '/v1/threads', secret, {})).json()).id,
      /** The first records of its stream that a function is there for. */
      streamBatch: async (entry: string): Promise<object> =>
        await streamBatch(
          { endpoint: engine.endpoint, stateDir },
          resources,
          named(functions, entry),
        ),
      probe: async (plan: ProbePlan): Promise<Probed> => {
        const config = named(functions, plan.entry);
        const { warmUps, calls, concurrency, kind } = plan;
        const isStreamed = kind === 'streamed';
        const of = (all: ProbePlan['calls']) =>
          all.map((call) => ('event' in call ? call.event : eventOf(call, secret, isStreamed)));
        return probed.parse(
          await runProgram(
            'bench/thread-probe.mjs',
            {
              bundle: pathToFileURL(config.bundle).href,
              kind,
              warmUps: of(warmUps),
              events: of(calls),
              concurrency,
              apartMs: plan.apartMs ?? 0,
              remainingMs: plan.remainingMs ?? REMAINING_MS,
            },
            {
              ...config.environment,
              AWS_ENDPOINT_URL_DYNAMODB: plan.isMetered === true ? meter.endpoint : engine.endpoint,
              AWS_LAMBDA_FUNCTION_NAME: config.id,
            },
          ),
        );
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};
export type ThreadRig = Awaited<ReturnType<typeof startThreadRig>>;

/** The body of a turn whose answer has so many tokens, one every so many milliseconds. */
export const turnCall = (thread: string, tokens: number, everyMs: number, how = ''): Call => ({
  method: 'POST',
  resource: '/v1/threads/{thread_id}/messages',
  path: `/v1/threads/${thread}/messages`,
  params: { thread_id: thread },
  body: turnBody(tokens, everyMs, how),
});

export const turnBody = (tokens: number, everyMs: number, how = ''): object => ({
  model: 'gpt-4o-mini',
  max_tokens: 4_000,
  stream: true,
  content: `tokens=${tokens} every=${everyMs}${how}`,
});

const named = (functions: readonly FunctionConfig[], entry: string): FunctionConfig => {
  const found = functions.find((config) => config.entry?.endsWith(`/${entry}.lambda.ts`));
  if (found === undefined) throw new Error(`the template has no ${entry}`);
  return found;
};

export const nameOf = ({ entry, id }: FunctionConfig): string =>
  entry === null ? id : basename(entry, '.lambda.ts');

const eventOf = (call: Call, secret: string, isStreamed: boolean): object =>
  proxyEvent({
    method: call.method,
    url: new URL(`http://127.0.0.1${call.path}`),
    route: { method: call.method, resource: call.resource, functionId: '', isStreamed },
    params: call.params ?? {},
    headers: [
      ['authorization', `Bearer ${secret}`],
      ['content-type', 'application/json'],
    ],
    body: call.body === undefined ? '' : JSON.stringify(call.body),
    requestId: 'bench',
    nowMs: Date.now(),
  });
