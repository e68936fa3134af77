import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const VENV = '.venv';
const WANTED = 'requirements.txt';
/** What the environment was made from; another text makes it again. */
const MADE_FROM = join(VENV, WANTED);
const BIN = process.platform === 'win32' ? 'Scripts' : 'bin';

export type PythonTool =
  | { readonly kind: 'ready'; readonly path: string }
  | { readonly kind: 'missing'; readonly reason: string };

/** A tool of requirements.txt in this project's own virtual environment, which is made when it is not there. */
export const pythonTool = (name: string): PythonTool => {
  const problem = prepare();
  if (problem !== null) return { kind: 'missing', reason: problem };
  return { kind: 'ready', path: join(VENV, BIN, name) };
};

/** null, or why there is no environment. */
const prepare = (): string | null => {
  const wanted = readFileSync(WANTED, 'utf8');
  if (existsSync(MADE_FROM) && readFileSync(MADE_FROM, 'utf8') === wanted) return null;
  const python = ['python3', 'python'].find(
    (command) =>
      spawnSync(command, ['-c', 'import venv, ensurepip'], { stdio: 'ignore' }).status === 0,
  );
  if (python === undefined) return 'Python 3 with its venv module is missing';
  console.error(`Installing the Python tools of ${WANTED} into ${VENV}...`);
  const made = spawnSync(python, ['-m', 'venv', VENV], { encoding: 'utf8' });
  if (made.status !== 0) return `python -m venv failed: ${made.stderr.trim()}`;
  const installed = spawnSync(
    join(VENV, BIN, 'python'),
    ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', WANTED],
    { encoding: 'utf8' },
  );
  if (installed.status !== 0) return `pip install failed: ${installed.stderr.trim()}`;
  copyFileSync(WANTED, MADE_FROM);
  return null;
};
