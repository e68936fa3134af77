// Installs the packages that a command needs: those of `npm start` alone, or all. Runs on Node >= 20.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
const isWindows = process.platform === 'win32';
const modules = join(root, 'node_modules');
const bin = join(modules, '.bin');
const NODE_MAJOR = 24;
const JAVA_MAJOR = 17;
/** As shells say of a program that SIGINT ended. */
const ENDED = 130;

/** What these import are `dependencies` in package.json; any other command needs `devDependencies` too. */
const NEED_FEW = new Set([
  'bin/app.ts',
  'cost/cost.ts',
  'local/start.ts',
  'ops/ops.ts',
  'scripts/example-chat.ts',
]);

/** Parts of packages that nothing here reads: 90 MB of C headers and of descriptions for other languages. */
const UNREAD = [
  'node/node_modules',
  'aws-cdk-lib/.jsii.gz',
  'aws-cdk-lib/.jsii.tabl.json.gz',
  'aws-cdk-lib/rosetta',
];

/** Dynoxide has a binary for this platform; elsewhere DynamoDB Local, which is large and needs Java, keeps the tables. */
const hasOwnEngine = process.platform === 'linux' && process.arch === 'x64';

/** The program that runs what is running now; null: nothing runs. */
let child = null;
export const endChild = (signal) => child?.kill(signal);

/** Its exit code; null: a signal ended it. */
export const runToEnd = async (command, args, options) => {
  child = spawn(command, args, { cwd: root, ...options });
  const code = await new Promise((resolve) => {
    child.on('error', () => resolve(1));
    child.on('exit', (exitCode) => resolve(exitCode));
  });
  child = null;
  return code;
};

const npm = async (args) => {
  const options = { stdio: ['ignore', 'ignore', 'inherit'], shell: isWindows };
  const code = await runToEnd(isWindows ? 'npm.cmd' : 'npm', args, options);
  // Whoever ended it has ended the command.
  if (code === null) process.exit(ENDED);
  if (code !== 0) fail(`npm ${args.join(' ')} failed.`);
};

const fail = (problem) => {
  console.error(problem);
  process.exit(1);
};

/** The first number that a program says of its version; 0: it does not run. */
const majorOf = (command, args) => {
  const { stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  return Number(/\d+/.exec(`${stdout ?? ''}${stderr ?? ''}`)?.[0] ?? 0);
};

/** The machine's own Node where it is new enough, else the one that npm installed here; null: it is not here yet. */
const nodePath = () => {
  if (Number.parseInt(process.versions.node, 10) >= NODE_MAJOR) return process.execPath;
  const own = join(bin, isWindows ? 'node.cmd' : 'node');
  return existsSync(own) && majorOf(own, ['--version']) >= NODE_MAJOR ? own : null;
};

const isStale = () => {
  const installed = join(modules, '.package-lock.json');
  return (
    !existsSync(installed) ||
    statSync(join(root, 'package-lock.json')).mtimeMs > statSync(installed).mtimeMs
  );
};
const hasAll = () => existsSync(join(modules, 'vitest', 'package.json'));

/** No package runs a script: esbuild needs none, and Node is asked for by name. */
const QUIETLY = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];

/** What a person waits for, and how long it took. */
const timed = async (words, work) => {
  const startMs = Date.now();
  console.error(`${words} ...`);
  await work();
  console.error(`  done in ${((Date.now() - startMs) / 1_000).toFixed(1)} s`);
};

const checkJava = () => {
  if (hasOwnEngine || process.env.DYNAMODB_ENDPOINT) return;
  const major = majorOf('java', ['-version']);
  if (major >= JAVA_MAJOR) return;
  fail(
    `On ${process.platform} ${process.arch} the tables are kept by DynamoDB Local, which needs Java ${JAVA_MAJOR} or newer (${major === 0 ? 'there is none' : `this is ${major}`}). Install it, for example from https://adoptium.net, or name an engine in DYNAMODB_ENDPOINT.`,
  );
};

/** Installs what `file` needs and this folder lacks. Returns the Node that runs it. */
export const install = async (file) => {
  if (file === 'local/start.ts') checkJava();
  const needsAll = !NEED_FEW.has(file) || !hasOwnEngine;
  if (isStale()) {
    const isAll = needsAll || hasAll();
    await timed(
      `Installing ${isAll ? 'all packages' : 'what npm start needs, about 390 MB'} (once for each version)`,
      async () => await npm(['ci', ...(isAll ? [] : ['--omit=dev']), ...QUIETLY]),
    );
  } else if (needsAll && !hasAll())
    await timed(
      'Installing the rest, for tests, checks and the tour (once for each version)',
      async () => await npm(['install', '--no-save', '--include=dev', ...QUIETLY]),
    );
  if (nodePath() === null)
    await timed(
      `Installing Node ${NODE_MAJOR}, for this folder alone`,
      async () => await npm(['rebuild', 'node', '--no-ignore-scripts', '--loglevel=error']),
    );
  const node = nodePath();
  if (node === null)
    fail(
      `Node ${NODE_MAJOR} did not install: npm has to be allowed to run the install script of the package "node". Or install Node ${NODE_MAJOR} yourself.`,
    );
  for (const path of UNREAD) rmSync(join(modules, path), { recursive: true, force: true });
  return { node, bin };
};
