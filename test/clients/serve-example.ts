import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { describe, expect } from 'vitest';
import * as z from 'zod';
import { chromiumPath } from '../../scripts/chromium.ts';
import { laptopSuite } from '../support/deployed-stage.ts';
import { eventually } from '../support/stack.ts';

/** A suite of the page, where there are a browser and the page's packages. */
export const exampleSuite = (
  title: string,
  reason: string,
  body: (launch: () => Promise<Browser>) => void,
): void => {
  const executablePath = chromiumPath();
  // Chromium's sandbox does not start for root.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const launch = async (): Promise<Browser> =>
    await chromium.launch({ ...(executablePath === null ? {} : { executablePath }), args });
  if (executablePath === null)
    describe.skip(`${title} (not checked here: no Chromium)`, () => body(launch));
  else if (!existsSync('examples/chat/node_modules/ai'))
    describe.skip(`${title} (not checked here: its packages are not installed)`, () =>
      body(launch));
  else laptopSuite(title, reason, () => body(launch));
};

/** What `npm start` writes for its neighbours, with another way to the same stack. */
export const stateBehind = (base_url: string, stateDir: string): string => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-example-'));
  const own: unknown = JSON.parse(readFileSync(join(stateDir, 'local.json'), 'utf8'));
  const fields = z.record(z.string(), z.unknown()).parse(own);
  writeFileSync(join(folder, 'local.json'), JSON.stringify({ ...fields, base_url }));
  return folder;
};

/** The command of the example's own README, on any free port. */
export const serve = async (
  stateDir: string,
  env: Readonly<Record<string, string>> = {},
): Promise<[ChildProcess, string]> => {
  const child = spawn(
    process.execPath,
    ['scripts/example-chat.ts', '--state-dir', stateDir, '--port', '0'],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...env } },
  );
  let output = '';
  child.stdout.on('data', (text: Buffer) => (output += text.toString()));
  return await new Promise((resolve, reject) => {
    child.on('exit', (code) => reject(new Error(`the example ended with ${code}: ${output}`)));
    child.stdout.on('data', () => {
      const found = /The chat: (\S+)/.exec(output)?.[1];
      if (found !== undefined) resolve([child, found]);
    });
  });
};

/** Keeps what the page's sockets hear. */
export const keepFrames = (page: Page, frames: string[]): Page =>
  page.on('websocket', (socket) =>
    socket.on('framereceived', ({ payload }) => frames.push(payload.toString())),
  );

/** Its page watches: what comes now is not read by HTTP. */
export const expectSubscribed = async (frames: readonly string[]): Promise<void> =>
  await eventually(async () =>
    expect(await Promise.resolve(frames.join())).toContain('"type":"subscribed"'),
  );

/** A socket that was there for both. */
export const expectTwoRuns = async (frames: readonly string[]): Promise<void> =>
  await eventually(async () => {
    const started = frames.filter((frame) => frame.includes('"run.started"'));
    expect(await Promise.resolve(new Set(started).size)).toBe(2);
  });
