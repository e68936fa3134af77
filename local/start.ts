import { Command } from 'commander';
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { checkPort } from './http/port.ts';
import { rebuildOnChange } from './lambda/rebuild.ts';
import { startRuntime, type Runtime } from './runtime.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const options = z
  .object({
    port: z.coerce.number().int().min(0).max(65_535),
    stateDir: z.string(),
    fresh: z.boolean().default(false),
    watch: z.boolean().default(false),
    assembly: z.string().optional(),
  })
  .parse(
    new Command('npm start --')
      .option('--port <port>', 'port of the base URL', process.env['SLUICE_PORT'] ?? '4000')
      .option(
        '--state-dir <folder>',
        'where state is kept',
        process.env['SLUICE_STATE_DIR'] ?? '.sluice',
      )
      .option('--fresh', 'forget the state of earlier runs')
      .option('--watch', 'rebuild a function when its source changes, and swap it in')
      .option('--assembly <folder>', 'host what was synthesized there, whatever the source is now')
      .parse()
      .opts(),
  );

const synthesize = (stateDir: string): string => {
  const assembly = join(stateDir, 'cdk.out');
  const synth = spawnSync(process.execPath, ['bin/app.ts'], {
    cwd: ROOT,
    // CloudFormation's rules are checked by `npm run synth` and by each deployment: a quarter of the time.
    env: { ...process.env, CDK_OUTDIR: assembly, CDK_VALIDATION: 'false' },
    encoding: 'utf8',
  });
  if (synth.status !== 0) throw new Error(`synth failed\n${synth.stderr}`);
  return assembly;
};

const say = (runtime: Runtime): void => {
  const { baseUrl, adminKey } = runtime;
  console.log(`
Sluice runs at ${baseUrl}   (storage: ${runtime.engine})
Admin key:      ${adminKey}${runtime.websocketUrl === null ? '' : `\nSockets:        ${runtime.websocketUrl}`}
Real providers: ${runtime.real.join(', ') || 'none'}; simulated here: ${runtime.simulated.join(', ') || 'none'}

Paste these in another terminal, in this folder:
1. A key for one user, with a cap of 50 cents:
   KEY=$(curl -s ${baseUrl}/v1/keys -H "authorization: Bearer ${adminKey}" -d '{"name":"ada","user_id":"ada","max_spend_usd":0.5}' | grep -o 'slk_[^"]\\{60,\\}'); echo $KEY
2. A call with the OpenAI SDK, unchanged but for its base URL:
   OPENAI_BASE_URL=${baseUrl}/v1 OPENAI_API_KEY=$KEY node -e "new (require('openai'))().chat.completions.create({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'Hello' }] }).then((answer) => console.log(answer.choices[0].message.content))"
3. Who spent what:
   curl -s "${baseUrl}/v1/usage?group_by=user" -H "authorization: Bearer ${adminKey}"

Next: npm run tour walks two users into their caps; ${baseUrl}/_local shows what runs here. Ctrl-C ends it.
`);
};

const main = async (): Promise<void> => {
  const stateDir = resolve(options.stateDir);
  await checkPort(options.port);
  if (options.fresh) rmSync(stateDir, { recursive: true, force: true });
  const runtime = await startRuntime({
    assembly: options.assembly ?? synthesize(stateDir),
    stateDir,
    port: options.port,
    env: process.env,
  });
  say(runtime);
  const stopWatching = options.watch
    ? await rebuildOnChange({
        root: ROOT,
        functions: runtime.functions,
        outDir: join(stateDir, 'rebuilt'),
        say: console.log,
      })
    : null;
  if (stopWatching !== null) console.log('Watching lambdas/: a change is live when it is rebuilt.');
  const end = async (): Promise<void> => {
    await stopWatching?.();
    await runtime.stop();
    process.exit(0);
  };
  process.once('SIGINT', () => void end());
  process.once('SIGTERM', () => void end());
};

try {
  await main();
} catch (error) {
  console.error(`Sluice did not start: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}
