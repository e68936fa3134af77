import { spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installFolderWithoutScripts } from '../../scripts/install-folder.ts';

/** What this build is compared with when the command names no other. Its probes are in bench/before. */
export const BEFORE_REF = '1d2b4b6c79a6ab3c139e1f5a0a34c6c0538f0b84';
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Outside of the checkout, or its linters and tests would read what is there. */
export const CACHE = join(
  process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'),
  'sluice-bench',
);

/** A checkout whose packages are installed. */
export interface Build {
  readonly root: string;
  /** Eight digits of its commit; null: the working tree. */
  readonly commit: string | null;
}

export const thisBuild: Build = { root: ROOT, commit: null };

/** The files of a commit, unpacked into the cache folder once. An archive, because a work tree would stay in `git worktree list`. */
export const buildOf = (ref: string): Build => {
  const commit = run('git', ['rev-parse', '--verify', `${ref}^{commit}`], ROOT)
    .trim()
    .slice(0, 8);
  const root = join(CACHE, `build-${commit}`);
  if (!existsSync(root)) {
    const unfinished = `${root}.part`;
    rmSync(unfinished, { recursive: true, force: true });
    mkdirSync(unfinished, { recursive: true });
    run('sh', ['-c', `git archive ${commit} | tar -x -C "$0"`, unfinished], ROOT);
    renameSync(unfinished, root);
  }
  installModules(root);
  return { root, commit };
};

/** The packages of this checkout serve a build with the same lock. */
const installModules = (root: string): void => {
  const modules = join(root, 'node_modules');
  const ours = join(ROOT, 'node_modules');
  const isLink = (): boolean =>
    lstatSync(modules, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  if (isLink() && !serves(modules, root)) rmSync(modules);
  if (!existsSync(modules) && serves(ours, root)) symlinkSync(realpathSync(ours), modules);
  if (isLink()) return;
  // No script of a package runs, because one of them sets the hooks of a repository that is not there.
  if (!installFolderWithoutScripts(root)) throw new Error(`npm ci failed in ${root}`);
  if (!existsSync(join(modules, 'node/bin/node'))) run('npm', ['rebuild', 'node', 'esbuild'], root);
};

/** Whether these packages were installed by the lock that the build has. */
const serves = (modules: string, root: string): boolean => {
  const lockOf = (folder: string): string =>
    readFileSync(join(folder, 'package-lock.json'), 'utf8');
  return existsSync(modules) && lockOf(dirname(realpathSync(modules))) === lockOf(root);
};

const run = (command: string, args: readonly string[], cwd: string): string => {
  const done = spawnSync(command, [...args], { cwd, encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`${command} ${args.join(' ')} failed: ${done.stderr}`);
  return done.stdout;
};
