import { Command } from 'commander';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { WITHOUT_MAPS } from '../lib/shared/bundle.ts';
import { messageOf } from './message-of.ts';
import { checkPort } from './http/port.ts';
import type { Runtime } from './runtime.ts';
import { lockFolder } from './state-folder.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const PORT_MAX = 65_535;
/** Where the operator's tools look too. */
const DEFAULT_STATE_DIR = '.sluice';

const schema = z.object({
  port: z
    .string()
    .refine((text) => /^\d{1,5}$/.test(text) && Number(text) <= PORT_MAX)
    .transform(Number),
  stateDir: z.string(),
  fresh: z.boolean().default(false),
  watch: z.boolean().default(false),
  assembly: z.string().optional(),
  quiet: z.boolean().default(false),
});

/** Its port may come from the environment, so that it is checked here and not by the command. */
const readOptions = (): z.output<typeof schema> => {
  const asked = new Command('npm start --')
    .option('--port <port>', 'port of the base URL', process.env['SLUICE_PORT'] ?? '4000')
    .option(
      '--state-dir <folder>',
      'where state is kept',
      process.env['SLUICE_STATE_DIR'] ?? DEFAULT_STATE_DIR,
    )
    .option('--fresh', 'forget the state of earlier runs')
    .option('--quiet', 'print no line for each request')
    .option('--watch', 'rebuild a function when its source changes, and swap it in')
    .option('--assembly <folder>', 'host what was synthesized there, whatever the source is now')
    .parse()
    .opts();
  const { data } = schema.safeParse(asked);
  if (data !== undefined) return data;
  throw new Error(`the port is a whole number from 0 to ${PORT_MAX}, not ${String(asked['port'])}`);
};

const contextSchema = z.record(z.string(), z.unknown());

/**
 * Without what a laptop has no use for: source maps, and CloudFormation's rules, which `npm run synth` and each
 * deployment check.
 */
const synthesize = async (stateDir: string): Promise<string> => {
  const assembly = join(stateDir, 'cdk.out');
  const given = contextSchema.parse(JSON.parse(process.env['CDK_CONTEXT_JSON'] ?? '{}'));
  const synth = spawn(process.execPath, ['bin/app.ts'], {
    cwd: ROOT,
    env: {
      ...process.env,
      CDK_OUTDIR: assembly,
      CDK_VALIDATION: 'false',
      CDK_CONTEXT_JSON: JSON.stringify({ ...given, [WITHOUT_MAPS]: true }),
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [errors] = await Promise.all([text(synth.stderr), once(synth, 'close')]);
  if (synth.exitCode !== 0) throw new Error(`synth failed\n${errors}`);
  return assembly;
};

const say = (runtime: Runtime, tools: string): void => {
  const { baseUrl, adminKey, warning } = runtime;
  const tour = tools === '' ? '' : ` --${tools}`;
  console.log(`
Sluice runs at ${baseUrl}   (storage: ${runtime.engine})
Admin key:      ${adminKey}${runtime.websocketUrl === null ? '' : `\nSockets:        ${runtime.websocketUrl}`}
Real providers: ${runtime.real.join(', ') || 'none'}; simulated here: ${runtime.simulated.join(', ') || 'none'}${warning === null ? '' : `\n\n${warning}`}

Paste these in another terminal, in this folder:
1. A key for one user, with a cap of 50 cents:
   KEY=$(curl -s ${baseUrl}/v1/keys -H "authorization: Bearer ${adminKey}" -d '{"name":"ada","user_id":"ada","max_spend_usd":0.5,"on_oversize":"clamp"}' | grep -o 'slk_[^"]\\{60,\\}'); echo $KEY
2. A call, as any OpenAI client makes it (base URL ${baseUrl}/v1):
   curl -s ${baseUrl}/v1/chat/completions -H "authorization: Bearer $KEY" -d '{"model":"gpt-4o-mini","messages":[{"role":"user","content":"Hello"}]}' | grep -o '"content":"[^"]*"'
3. Who spent what:
   npm run -s ops -- usage${tools}

For a service of yours with OpenTelemetry: a key that sends telemetry and nothing else, and its exporter's environment:
   INGEST_KEY=$(curl -s ${baseUrl}/v1/keys -H "authorization: Bearer ${adminKey}" -d '{"name":"telemetry","scope":"ingest"}' | grep -o 'slk_[^"]\\{60,\\}'); echo $INGEST_KEY
   export OTEL_EXPORTER_OTLP_ENDPOINT=${baseUrl}
   export OTEL_EXPORTER_OTLP_HEADERS=x-api-key=$INGEST_KEY
   export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf
   export OTEL_SERVICE_NAME=my-service
What was found in it (a crash within seconds, a burst of failures after five minutes of what is usual):
   npm run -s ops -- anomalies${tools}

Next: ${baseUrl} shows keys, calls, anomalies and what runs here.
Two users walk into their caps, by the SDKs of OpenAI and Anthropic:
   npm run tour${tour}
Ten minutes of a shop, and its anomalies:
   npm run tour:sre${tour}
Each request has a line below (--quiet: none). Ctrl-C ends it.
`);
};

const watch = async ({ functions }: Runtime, stateDir: string): Promise<() => Promise<void>> => {
  const { rebuildOnChange } = await import('./lambda/rebuild.ts');
  const outDir = join(stateDir, 'rebuilt');
  return await rebuildOnChange({ root: ROOT, functions, outDir, say: console.log });
};

const main = async (): Promise<void> => {
  const options = readOptions();
  const stateDir = resolve(options.stateDir);
  // Before anything in it is touched; the runtime holds it, and gives it free.
  lockFolder(stateDir);
  await checkPort(options.port);
  if (options.fresh) rmSync(stateDir, { recursive: true, force: true });
  console.log(
    options.assembly === undefined
      ? 'Synthesizing the CDK app: this machine hosts the template that a deployment would have ...'
      : `Hosting the template in ${options.assembly} ...`,
  );
  // The runtime loads while another process synthesizes.
  const [assembly, { startRuntime }] = await Promise.all([
    options.assembly ?? synthesize(stateDir),
    import('./runtime.ts'),
  ]);
  console.log('Starting tables, functions and routes, as the template has them ...');
  const runtime = await startRuntime({
    assembly,
    stateDir,
    port: options.port,
    env: process.env,
    print: options.quiet ? null : (line) => void process.stdout.write(`${line}\n`),
  });
  say(runtime, options.stateDir === DEFAULT_STATE_DIR ? '' : ` --state-dir ${options.stateDir}`);
  const stopWatching = options.watch ? await watch(runtime, stateDir) : null;
  if (stopWatching !== null) console.log('Watching lambdas/: a change is live when it is rebuilt.');
  const end = async (code: number): Promise<void> => {
    await stopWatching?.();
    await runtime.stop();
    if (code === 0)
      console.log(
        `Sluice has ended. Its state stays in ${options.stateDir}: the next start continues with it (--fresh forgets it).`,
      );
    process.exit(code);
  };
  // A terminal signals the whole group, and npm's script passes it on: the second one must not end the ending.
  let ending: Promise<void> | null = null;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => void (ending ??= end(0)));
  // A terminal that was closed accepts no more lines, and everything is to end in order all the same.
  process.on('SIGHUP', () => {
    for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  });
  const error = await runtime.lost;
  console.error(`Sluice ends: ${messageOf(error)}`);
  await (ending ??= end(1));
};

try {
  await main();
} catch (error) {
  console.error(`Sluice did not start: ${messageOf(error)}`);
  process.exit(1);
}
