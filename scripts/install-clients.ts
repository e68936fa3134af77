import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync } from 'node:fs';

const LOCK = 'test/clients/package-lock.json';
const INSTALLED = 'test/clients/node_modules/.installed-lock.json';

/**
 * Installs the clients that the dialects are tested with, when their lock has changed. They stay out of the project's own
 * packages, as one of them asks for peers of 300 MB that no test needs. false: they could not be installed.
 */
export const installClients = (): boolean => {
  if (existsSync(INSTALLED) && readFileSync(INSTALLED, 'utf8') === readFileSync(LOCK, 'utf8'))
    return true;
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: 'test/clients',
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status === 0) copyFileSync(LOCK, INSTALLED);
  else console.log('The clients of test/clients could not be installed: their tests do not run.');
  return status === 0;
};
