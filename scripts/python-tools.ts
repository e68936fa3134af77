import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE } from './cache-folder.ts';

/** What a virtual environment holds, and where it is. */
export interface PythonEnvironment {
  readonly folder: string;
  readonly requirements: string;
}

const TOOLS: PythonEnvironment = { folder: '.venv', requirements: 'requirements.txt' };
const BIN = process.platform === 'win32' ? 'Scripts' : 'bin';

export type PythonTool =
  | { readonly kind: 'ready'; readonly path: string }
  | { readonly kind: 'missing'; readonly reason: string };

/** A tool of a virtual environment, this project's own unless another is named, which is made when it is not there. */
export const pythonTool = (name: string, environment: PythonEnvironment = TOOLS): PythonTool => {
  const problem = prepare(environment);
  if (problem !== null) return { kind: 'missing', reason: problem };
  return { kind: 'ready', path: join(environment.folder, BIN, name) };
};

/** Python with the published clients that the requirements of a folder name, in an environment of this name. */
export const pythonWithClients = (folder: string, name: string): PythonTool =>
  pythonTool('python', {
    folder: join(CACHE, name),
    requirements: join(folder, 'requirements.txt'),
  });

/** How a client is run that asks this machine and leaves nothing beside its script. */
export const clientEnvironment = (): NodeJS.ProcessEnv => ({
  ...process.env,
  NO_PROXY: '127.0.0.1',
  PYTHONDONTWRITEBYTECODE: '1',
});

/** null, or why there is no environment. */
const prepare = ({ folder, requirements }: PythonEnvironment): string | null => {
  const wanted = readFileSync(requirements, 'utf8');
  // What it was made from; another text makes it again.
  const madeFrom = join(folder, 'requirements.txt');
  if (existsSync(madeFrom) && readFileSync(madeFrom, 'utf8') === wanted) return null;
  const python = ['python3', 'python'].find(
    (command) =>
      spawnSync(command, ['-c', 'import venv, ensurepip'], { stdio: 'ignore' }).status === 0,
  );
  if (python === undefined) return 'Python 3 with its venv module is missing';
  console.error(`Installing the Python tools of ${requirements} into ${folder}...`);
  const made = spawnSync(python, ['-m', 'venv', folder], { encoding: 'utf8' });
  if (made.status !== 0) return `python -m venv failed: ${made.stderr.trim()}`;
  const installed = spawnSync(
    join(folder, BIN, 'python'),
    ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements],
    { encoding: 'utf8' },
  );
  if (installed.status !== 0) return `pip install failed: ${installed.stderr.trim()}`;
  copyFileSync(requirements, madeFrom);
  return null;
};
