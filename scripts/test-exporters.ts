/**
 * Starts a stack as `npm start` does, and sends it an error inside of a span by the real exporters of OpenTelemetry, each
 * in its language and of a pinned version. Each must be found again with its severity, its exception and its trace. Packages
 * come from PyPI, crates.io, Maven Central and the Go proxy; what is made is stored in ~/.cache/sluice-exporters. Ends with 1
 * when something is not found, with 2 when a tool is missing.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { messageOf } from '../local/message-of.ts';
import { freePort } from '../local/free-port.ts';
import { run } from '../test/deploy/support/run.ts';
import {
  collectorBinary,
  exporters,
  type Exporter,
  type Step,
} from '../test/exporters/exporters.ts';
import { eventually, startStack, type Stack } from '../test/support/stack.ts';

const CACHE = join(homedir(), '.cache', 'sluice-exporters');
const BUILD_TIMEOUT_MS = 1_800_000;
const ERROR = 17;

const hits = z.object({
  data: z.array(
    z.object({
      text: z.string(),
      severity: z.number(),
      exception_type: z.string().nullable(),
      trace_id: z.string().nullable(),
    }),
  ),
});
const spans = z.object({ spans: z.array(z.object({ name: z.string() })) });

const isThere = ({ command, args }: Step): boolean =>
  spawnSync(command, args, { stdio: 'ignore' }).status === 0;

const build = async ({ build: steps }: Exporter): Promise<void> => {
  for (const { command, args } of steps) {
    const { status, output } = await run(command, args, { timeoutMs: BUILD_TIMEOUT_MS });
    if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed\n${output}`);
  }
};

/** What exporters read: https://opentelemetry.io/docs/specs/otel/protocol/exporter/ */
const environment = (endpoint: string, key: string, service: string): NodeJS.ProcessEnv => ({
  ...process.env,
  OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
  OTEL_EXPORTER_OTLP_HEADERS: `x-api-key=${key}`,
  OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
  OTEL_SERVICE_NAME: service,
});

const startCollector = async (stack: Stack, key: string) => {
  const [grpc, http] = [await freePort(), await freePort()];
  const set = (path: string, value: string): string => `--set=${path}=${value}`;
  const child = spawn(
    collectorBinary(CACHE),
    [
      '--config=file:examples/otel-collector/collector.yaml',
      set('receivers.otlp.protocols.grpc.endpoint', `127.0.0.1:${grpc}`),
      set('receivers.otlp.protocols.http.endpoint', `127.0.0.1:${http}`),
      set('service.telemetry.metrics.level', 'none'),
      set('service.telemetry.logs.level', 'warn'),
    ],
    {
      env: { ...process.env, SLUICE_INGEST_URL: stack.baseUrl, SLUICE_INGEST_KEY: key },
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  const url = `http://127.0.0.1:${http}`;
  await eventually(async () => {
    await fetch(url);
  }, 60_000);
  return { child, url };
};

const end = async (child: ChildProcess | undefined): Promise<void> => {
  if (child === undefined || child.exitCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
};

/** Sends, and finds again what was sent. Throws with what is not as it must be. */
const check = async (stack: Stack, key: string, exporter: Exporter): Promise<void> => {
  const service = `exporter-${exporter.name.toLowerCase().replaceAll(/[^a-z]+/g, '-')}-${Date.now()}`;
  const collector = exporter.isCollected === true ? await startCollector(stack, key) : undefined;
  try {
    const { command, args } = exporter.run;
    const sent = spawnSync(command, args, {
      encoding: 'utf8',
      env: environment(collector?.url ?? stack.baseUrl, key, service),
    });
    const traceId = /^[0-9a-f]{32}$/m.exec(sent.stdout)?.[0];
    if (traceId === undefined)
      throw new Error(`no trace was printed\n${sent.stdout}${sent.stderr}`);
    await eventually(async () => await find(stack, exporter, service, traceId), 60_000);
  } finally {
    await end(collector?.child);
  }
};

const find = async (
  stack: Stack,
  { exceptionType }: Exporter,
  service: string,
  traceId: string,
): Promise<void> => {
  const ask = async <T>(schema: z.ZodType<T>, path: string): Promise<T> => {
    const answer = await fetch(`${stack.baseUrl}${path}`, {
      headers: { authorization: `Bearer ${stack.adminKey}` },
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path}: ${text}`);
    return schema.parse(JSON.parse(text));
  };
  const { data } = await ask(hits, `/v1/logs/search?service=${service}&trace_id=${traceId}`);
  const [line] = data;
  const isRight =
    line?.text.includes('order 4711 was not placed') === true &&
    line.severity >= ERROR &&
    line.exception_type?.includes(exceptionType) === true;
  if (!isRight)
    throw new Error(`expected ${exceptionType} at ERROR, found ${JSON.stringify(data)}`);
  const trace = await ask(spans, `/v1/traces/${traceId}`);
  if (!trace.spans.some(({ name }) => name === 'place order'))
    throw new Error(`the span is not there: ${JSON.stringify(trace)}`);
};

const counts = { passed: 0, failed: 0, missing: 0 };

const attempt = async (stack: Stack, key: string, exporter: Exporter): Promise<void> => {
  if (!isThere(exporter.tool)) {
    counts.missing += 1;
    console.log(`NOT TESTED  ${exporter.name}: ${exporter.tool.command} is missing or too little`);
    return;
  }
  try {
    await build(exporter);
    await check(stack, key, exporter);
    counts.passed += 1;
    console.log(`found       ${exporter.name}`);
  } catch (error) {
    counts.failed += 1;
    console.log(`NOT FOUND   ${exporter.name}: ${messageOf(error)}`);
  }
};

const wanted = process.argv.slice(2).map((word) => word.toLowerCase());
mkdirSync(CACHE, { recursive: true });
const stack = await startStack();
try {
  const answer = await fetch(`${stack.baseUrl}/v1/keys`, {
    method: 'POST',
    headers: { authorization: `Bearer ${stack.adminKey}` },
    body: JSON.stringify({ name: 'exporters', scope: 'ingest' }),
  });
  const { secret } = z.object({ secret: z.string() }).parse(await answer.json());
  for (const exporter of exporters(CACHE))
    if (wanted.length === 0 || wanted.some((word) => exporter.name.toLowerCase().includes(word)))
      await attempt(stack, secret, exporter);
} finally {
  await stack.stop();
}
console.log(`${counts.passed} passed, ${counts.failed} failed`);
if (counts.failed > 0) process.exitCode = 1;
else if (counts.missing > 0) process.exitCode = 2;
