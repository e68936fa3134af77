/** Makes the pictures of the README from the running stack: the tour on a terminal, and the page of the laptop. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { chromium } from './chromium.ts';

const FOLDER = 'docs/pictures';
const STATE_DIR = process.env['SLUICE_STATE_DIR'] ?? '.sluice';

const browser = chromium();
if (browser.kind === 'missing') throw new Error(`No pictures: ${browser.reason}`);
const { base_url: baseUrl } = z
  .object({ base_url: z.string() })
  .parse(JSON.parse(readFileSync(join(STATE_DIR, 'local.json'), 'utf8')));

const take = (name: string, address: string, size: string): void => {
  const file = join(FOLDER, name);
  console.log(`${file} ...`);
  const { status, stderr } = spawnSync(
    browser.path,
    [
      '--headless',
      // Chromium's sandbox does not start for root.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      '--hide-scrollbars',
      `--window-size=${size}`,
      `--screenshot=${file}`,
      address,
    ],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(stderr);
};

mkdirSync(FOLDER, { recursive: true });
const folder = mkdtempSync(join(tmpdir(), 'sluice-pictures-'));
try {
  console.log('npm run tour ...');
  const tour = spawnSync(process.execPath, ['scripts/tour.ts', '--state-dir', STATE_DIR], {
    encoding: 'utf8',
  });
  if (tour.status !== 0) throw new Error(tour.stderr);
  const text = tour.stdout.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  const terminal = join(folder, 'tour.html');
  writeFileSync(
    terminal,
    `<meta charset="utf-8"><style>body{background:#14171c;color:#d8dee9;font:14px/1.45 monospace;margin:1.2rem}pre{white-space:pre-wrap}</style><pre><b>$ npm run tour</b>\n${text.trim()}</pre>`,
  );
  take('tour.png', `file://${terminal}`, '1000,900');
  take('page.png', baseUrl, '1100,760');
} finally {
  rmSync(folder, { recursive: true });
}
