// Runs a TypeScript file of this project by Node 24, and installs what it needs. Needs Node >= 20 and npm, nothing else.
import { delimiter, join } from 'node:path';
import { endChild, install, root, runToEnd } from './install.mjs';

/** Options of our commands that npm does not know: without `--` before them it keeps them for itself. */
const VALUED = ['port', 'state-dir', 'stage', 'region', 'replay', 'data'];
const FLAGS = ['fresh', 'watch', 'check'];

const [file, ...args] = process.argv.slice(2);

const refuseSwallowed = () => {
  const told = (name) => process.env[`npm_config_${name.replaceAll('-', '_')}`];
  const valued = VALUED.filter(told);
  const flags = FLAGS.filter(told);
  const taken = [...valued, ...flags].map((name) => `--${name}`);
  if (taken.length === 0) return;
  // npm keeps a value with its option (`--port=4001`), or leaves it among the words (`--port 4001`). Of several words nobody
  // knows whose they are.
  const word = valued.length === 1 && args.length === 1 ? args[0] : '...';
  const options = [
    ...valued.map((name) => `--${name} ${told(name) === 'true' ? word : told(name)}`),
    ...flags.map((name) => `--${name}`),
  ];
  const script = process.env.npm_lifecycle_event ?? 'start';
  const command = script === 'start' || script === 'test' ? script : `run ${script}`;
  console.error(
    `npm has kept ${taken.join(', ')} for itself. Options come after two dashes: npm ${command} -- ${options.join(' ')}`,
  );
  process.exit(1);
};
refuseSwallowed();

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => endChild(signal));
// npm hands a SIGTERM to its shell alone, and that dies of it without a word: the child would stay behind.
const shell = process.ppid;
if (process.env.npm_lifecycle_event !== undefined)
  setInterval(() => process.ppid === shell || endChild('SIGTERM'), 500).unref();

/**
 * The laptop has a thread, and a small heap, for each function. Helpers that collect such heaps side by side cost more than
 * they save: without them a call takes an eighth less processor time. What is new is soon over there too: half of V8's own
 * room for it is a fifth less memory after three thousand calls, at the same processor time.
 */
const flags = file === 'local/start.ts' ? ['--single-threaded-gc', '--max-semi-space-size=8'] : [];

const { node, bin } = await install(file);
const code = await runToEnd(node, [...flags, join(root, file), ...args], {
  stdio: 'inherit',
  env: {
    ...process.env,
    PATH: `${bin}${delimiter}${process.env.PATH}`,
    // glibc keeps a heap of its own for each thread of a function: two for all of them are a fifth of the memory less.
    MALLOC_ARENA_MAX: process.env.MALLOC_ARENA_MAX ?? '2',
    // TypeScript is stripped and compiled once a file: the stripper is 25 MB and 300 ms of each start.
    NODE_COMPILE_CACHE:
      process.env.NODE_COMPILE_CACHE ?? join(root, 'node_modules', '.cache', 'compile'),
  },
});
// Ended by a signal: as it was asked to.
process.exitCode = code ?? 0;
