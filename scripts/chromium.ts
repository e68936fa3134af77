import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Debian's package takes about half a minute. */
const INSTALL_TIMEOUT_MS = 300_000;
const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

export type Chromium =
  | { readonly kind: 'ready'; readonly path: string }
  | { readonly kind: 'missing'; readonly reason: string };

/** Chromium of this machine; on Debian, root installs the distribution's own package when it is not there. */
export const chromium = (): Chromium => {
  const known = chromiumPath();
  if (known !== null) return { kind: 'ready', path: known };
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get'))
    return { kind: 'missing', reason: 'no Chromium here, and only root installs it, by apt-get' };
  console.log('Installing Chromium (apt-get install chromium)...');
  const problem = apt(['update']) ?? apt(['install', '-y', '--no-install-recommends', 'chromium']);
  const path = chromiumPath();
  return path === null
    ? { kind: 'missing', reason: problem ?? 'not found' }
    : { kind: 'ready', path };
};

/** Where it is; null: nowhere that is known. */
export const chromiumPath = (): string | null => {
  const named = process.env['CHROMIUM_PATH'];
  const places = NAMES.map((name) => `/usr/bin/${name}`);
  return (
    [...(named === undefined ? [] : [named]), ...places].find((path) => existsSync(path)) ?? null
  );
};

/** null, or what went wrong. */
const apt = (args: readonly string[]): string | null => {
  const { status, stderr } = spawnSync('apt-get', args, {
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: INSTALL_TIMEOUT_MS,
  });
  if (status === 0) return null;
  return `apt-get ${args[0]}: ${stderr.trim().split('\n').at(-1) ?? `ended with ${status}`}`;
};
