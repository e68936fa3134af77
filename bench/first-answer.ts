/**
 * From a fresh clone to the first answer of a model, as somebody who tries it has it: `npm start`, a key, a call. This build
 * and the one before it in turn, with a warm cache of packages. `npm run bench:first-answer`
 */
import { Command } from 'commander';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { BEFORE_REF } from './kit/builds.ts';
import { outerEnvironment } from './kit/processes.ts';

const LOOK_AGAIN_MS = 50;
const START_MS_MAX = 600_000;
/** What this build may take of the other's time, and of the disk. */
const SHARE_MAX = 0.6;
const MEGABYTES_MAX = 400;

const options = z
  .object({ before: z.string(), rounds: z.coerce.number().int().min(1) })
  .parse(
    new Command('npm run bench:first-answer --')
      .option('--before <ref>', 'the git ref to compare with', BEFORE_REF)
      .option('--rounds <count>', 'how often each is tried', '3')
      .parse()
      .opts(),
  );

interface Try {
  readonly seconds: number;
  readonly megabytes: number;
}

const run = (command: string, args: readonly string[]): string => {
  const done = spawnSync(command, [...args], { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`${command} ${args.join(' ')}: ${done.stderr}`);
  return done.stdout;
};

const localFile = z.object({ base_url: z.string(), admin_key: z.string() });

/** Nothing that this process was given by npm: a user's shell has none of it. */
const shellEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(outerEnvironment())
      .filter(([name]) => !/^npm_/i.test(name))
      .map(([name, value]) => [name, name === 'PATH' ? hostPath(value ?? '') : value]),
  );

const hostPath = (path: string): string =>
  path
    .split(':')
    .filter((folder) => !folder.includes('node_modules'))
    .join(':');

const tryOnce = async (ref: string): Promise<Try> => {
  const root = mkdtempSync(join(tmpdir(), 'sluice-first-'));
  const clone = join(root, 'sluice');
  const startMs = performance.now();
  run('git', ['clone', '--quiet', '--no-hardlinks', '--no-checkout', '.', clone]);
  run('git', ['-C', clone, 'checkout', '--quiet', ref]);
  const stack = spawn('npm', ['start', '--', '--port', '0'], {
    cwd: clone,
    env: shellEnvironment(),
    stdio: 'ignore',
    detached: true,
  });
  try {
    const { base_url: baseUrl, admin_key: adminKey } = await started(clone, stack);
    await firstAnswer(baseUrl, adminKey);
    const seconds = (performance.now() - startMs) / 1_000;
    const [kilobytes = ''] = run('du', ['-sk', join(clone, 'node_modules')]).split('\t');
    return { seconds, megabytes: Number(kilobytes) / 1_024 };
  } finally {
    const ended = once(stack, 'exit');
    if (stack.pid !== undefined) process.kill(-stack.pid, 'SIGTERM');
    await ended;
    rmSync(root, { recursive: true, force: true, maxRetries: 5 });
  }
};

/** The file that tools read is written when everything answers. */
const started = async (clone: string, stack: ChildProcess): Promise<z.output<typeof localFile>> => {
  const file = join(clone, '.sluice', 'local.json');
  const untilMs = performance.now() + START_MS_MAX;
  while (!existsSync(file) || readFileSync(file, 'utf8') === '') {
    if (stack.exitCode !== null || performance.now() > untilMs)
      throw new Error('npm start did not start');
    await sleep(LOOK_AGAIN_MS);
  }
  return localFile.parse(JSON.parse(readFileSync(file, 'utf8')));
};

const firstAnswer = async (baseUrl: string, adminKey: string): Promise<void> => {
  const send = async (path: string, key: string, body: object): Promise<unknown> => {
    const answer = await fetch(`${baseUrl}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}` },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return await answer.json();
  };
  const made = await send('/v1/keys', adminKey, { name: 'first', max_spend_usd: 0.5 });
  const { secret } = z.object({ secret: z.string() }).parse(made);
  const messages = [{ role: 'user', content: 'Hello' }];
  await send('/v1/chat/completions', secret, { model: 'gpt-4o-mini', messages, max_tokens: 20 });
};

const median = (values: readonly number[]): number =>
  values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? Number.NaN;

const BUILDS = [
  ['before', options.before],
  ['now', run('git', ['rev-parse', 'HEAD']).trim()],
] as const;
const tries: Record<(typeof BUILDS)[number][0], Try[]> = { before: [], now: [] };
// Not counted: it fills the cache of packages.
for (const [, ref] of BUILDS) await tryOnce(ref);
for (let round = 1; round <= options.rounds; round++)
  for (const [name, ref] of round % 2 === 1 ? BUILDS : BUILDS.toReversed()) {
    const one = await tryOnce(ref);
    console.error(`... ${name}: ${one.seconds.toFixed(1)} s, ${one.megabytes.toFixed(0)} MB`);
    tries[name].push(one);
  }
const seconds = {
  before: median(tries.before.map((one) => one.seconds)),
  now: median(tries.now.map((one) => one.seconds)),
};
const megabytes = {
  before: median(tries.before.map((one) => one.megabytes)),
  now: median(tries.now.map((one) => one.megabytes)),
};
console.log(`
| from a fresh clone, ${options.rounds} rounds | ${options.before.slice(0, 8)} | this commit | goal |
| --- | --- | --- | --- |
| to the first answer, s | ${seconds.before.toFixed(1)} | ${seconds.now.toFixed(1)} (${(seconds.now / seconds.before).toFixed(2)}) | ${SHARE_MAX} |
| node_modules after npm start, MB | ${megabytes.before.toFixed(0)} | ${megabytes.now.toFixed(0)} | ${MEGABYTES_MAX} |`);
