/** Makes the pictures of the README from the running stack: the tour on a terminal, the page of the laptop, and the chat. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { chromium } from './chromium.ts';

const FOLDER = 'docs/pictures';
/** Its thoughts are shown. */
const MODEL = 'claude-haiku-4-5';
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
      // The chat asks for its messages when it is there.
      '--virtual-time-budget=10000',
      '--run-all-compositor-stages-before-draw',
      `--window-size=${size}`,
      `--screenshot=${file}`,
      address,
    ],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(stderr);
};

/** Serves the example on any free port, until `end`. */
const startChat = async (): Promise<{ readonly url: string; readonly end: () => void }> => {
  const child = spawn(
    process.execPath,
    ['scripts/example-chat.ts', '--state-dir', STATE_DIR, '--port', '0'],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, CHAT_MODEL: MODEL } },
  );
  process.on('exit', () => child.kill());
  let output = '';
  for await (const text of child.stdout) {
    output += String(text);
    const url = /The chat: (\S+)/.exec(output)?.[1];
    if (url !== undefined) return { url, end: () => void child.kill() };
  }
  throw new Error(`the example ended: ${output}`);
};

/** Says something in a chat of the example's user, and answers where it is. */
const converse = async (url: string, prompts: readonly string[]): Promise<string> => {
  const session = await fetch(`${url}/api/session`, { method: 'POST', headers: { origin: url } });
  const { key, tools } = z
    .object({ key: z.string(), tools: z.array(z.string()) })
    .parse(await session.json());
  const post = async (path: string, body: object): Promise<Response> =>
    await fetch(`${baseUrl}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}` },
      body: JSON.stringify(body),
    });
  const { id } = z
    .object({ id: z.string() })
    .parse(await (await post('/v1/threads', { generate_title: true })).json());
  for (const content of prompts) {
    const body = { model: MODEL, content, tools_mode: 'explicit', tool_ids: tools };
    await (await post(`/v1/threads/${id}/messages`, body)).text();
  }
  return `${url}/?thread=${id}`;
};

mkdirSync(FOLDER, { recursive: true });
const folder = mkdtempSync(join(tmpdir(), 'sluice-pictures-'));
let endChat = (): void => undefined;
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
  console.log('npm run example:chat ...');
  const { url: chat, end } = await startChat();
  endChat = end;
  await converse(chat, ['Where are the keys kept?']);
  await converse(chat, ['A long answer about caps']);
  const shown = await converse(chat, [
    'Think, then show in a table what Sluice does.',
    'Use a tool to send a postcard of the sea to Ada Lovelace.',
  ]);
  // Titles come a moment after the answers.
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  take('chat.png', shown, '1100,900');
} finally {
  // It would keep this process waiting.
  endChat();
  rmSync(folder, { recursive: true });
}
