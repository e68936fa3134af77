import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE } from './builds.ts';

/**
 * Folder of a peer's programs in a virtual environment of its own, which is made where it is not there. null: it cannot
 * be installed here, and why was printed.
 */
export const pythonBin = (folder: string, name: string, wanted: string): string | null => {
  const venv = join(CACHE, folder);
  const madeFrom = join(venv, 'requirements.txt');
  const bin = join(venv, 'bin');
  const isSame = (): boolean => readFileSync(madeFrom, 'utf8') === readFileSync(wanted, 'utf8');
  if (existsSync(madeFrom) && isSame()) return bin;
  mkdirSync(CACHE, { recursive: true });
  console.error(`... installing ${name} into ${venv}: seconds to minutes`);
  const python = (command: string, args: readonly string[]): boolean =>
    spawnSync(command, [...args], { stdio: ['ignore', 'ignore', 'inherit'] }).status === 0;
  const isMade =
    python('python3', ['-m', 'venv', '--clear', venv]) &&
    python(join(bin, 'python'), ['-m', 'pip', 'install', '--quiet', '-r', wanted]);
  if (!isMade) {
    console.error(`... ${name} is missing: it needs Python 3.10 or later with venv, and PyPI`);
    return null;
  }
  copyFileSync(wanted, madeFrom);
  return bin;
};
