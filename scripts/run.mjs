// Runs a TypeScript file of this project by the project's own Node 24. Needs Node >= 20 and npm, nothing else.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
const bin = join(root, 'node_modules', '.bin');
const node = join(bin, process.platform === 'win32' ? 'node.cmd' : 'node');

const stale = () => {
  const installed = join(root, 'node_modules', '.package-lock.json');
  return (
    !existsSync(installed) ||
    statSync(join(root, 'package-lock.json')).mtimeMs > statSync(installed).mtimeMs
  );
};
const must = (args) => {
  const done = spawnSync(npm, args, {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (done.status !== 0) {
    console.error(`npm ${args.join(' ')} failed`);
    process.exit(1);
  }
};
/** The version that really runs: a blocked install script leaves the host's Node in its place. */
const version = () => {
  const asked = existsSync(node)
    ? spawnSync(node, ['-p', 'process.version'], { encoding: 'utf8' })
    : null;
  return asked?.status === 0 ? Number(/^v(\d+)/.exec(asked.stdout)?.[1] ?? 0) : 0;
};

if (stale()) {
  console.error('Installing what this project needs (npm ci)...');
  must(['ci', '--no-audit', '--no-fund', '--loglevel=error']);
}
if (version() < 24) must(['rebuild', 'node', 'esbuild', '--loglevel=error']);
if (version() < 24) {
  console.error(
    'Node 24 did not install: npm has to be allowed to run the install script of the package "node".',
  );
  process.exit(1);
}
const [file, ...args] = process.argv.slice(2);
const child = spawn(node, [join(root, file), ...args], {
  cwd: root,
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
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
// npm hands a SIGTERM to its shell alone, and that dies of it without a word: the child would stay behind.
const shell = process.ppid;
if (process.env.npm_lifecycle_event !== undefined)
  setInterval(() => process.ppid === shell || child.kill('SIGTERM'), 500).unref();
child.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 0)));
