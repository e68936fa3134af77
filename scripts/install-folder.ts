import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Installs a folder that keeps packages of its own, when its lock has changed. false: they could not be installed. */
export const installFolder = (folder: string): boolean => install(folder, []);

/** The same without the scripts of its packages. */
export const installFolderWithoutScripts = (folder: string): boolean =>
  install(folder, ['--ignore-scripts']);

const install = (folder: string, options: readonly string[]): boolean => {
  const lock = join(folder, 'package-lock.json');
  const installed = join(folder, 'node_modules', '.installed-lock.json');
  if (existsSync(installed) && readFileSync(installed, 'utf8') === readFileSync(lock, 'utf8'))
    return true;
  const { status } = spawnSync(
    'npm',
    ['ci', '--no-audit', '--no-fund', '--loglevel=error', ...options],
    {
      cwd: folder,
      // Standard output is the benchmark's table, or a test's report.
      stdio: ['ignore', process.stderr, 'inherit'],
      shell: process.platform === 'win32',
    },
  );
  if (status === 0) copyFileSync(lock, installed);
  else console.log(`The packages of ${folder} could not be installed.`);
  return status === 0;
};
