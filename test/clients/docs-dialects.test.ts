import { build } from 'esbuild';
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { laptopSuite } from '../support/deployed-stage.ts';
import { docsBlocks } from '../support/docs-blocks.ts';
import { sharedE2e } from '../support/e2e.ts';

const PAGE = 'docs/dialects.md';
const FOLDER = 'test/clients/node_modules/.docs-dialects';
/** The page's packages are those of the example. */
const EXAMPLE = 'examples/chat/node_modules';
const run = promisify(execFile);
const [chat = ''] = docsBlocks(PAGE, 'tsx');
const [responses = ''] = docsBlocks(PAGE, 'ts');

const DRIVER = `
import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { Chat, transportOf } from './chat.tsx';

const transport = transportOf(process.env.BASE ?? '', process.env.KEY ?? '');
console.log(renderToString(createElement(Chat, { id: 'docs', transport })));
const messages = [{ id: 'u1', role: 'user' as const, parts: [{ type: 'text' as const, text: 'Hello' }] }];
const stream = await transport.sendMessages({
  trigger: 'submit-message', chatId: 'docs', messageId: undefined, messages, abortSignal: undefined,
});
for await (const chunk of stream) console.log(JSON.stringify(chunk));
`;

laptopSuite(PAGE, 'its code is for the stack of a laptop', () => {
  const e2e = sharedE2e();
  let env: NodeJS.ProcessEnv = {};
  beforeAll(async () => {
    await e2e.start();
    mkdirSync(FOLDER, { recursive: true });
    const { secret } = await e2e.mint({ user_id: 'ada' });
    env = { ...process.env, BASE: e2e.stack.baseUrl, KEY: secret };
  });
  afterAll(async () => {
    rmSync(FOLDER, { recursive: true, force: true });
    await e2e.stop();
  });

  test('its Responses follow each other', async () => {
    writeFileSync(`${FOLDER}/responses.mjs`, responses);
    const { stdout } = await run(process.execPath, [`${FOLDER}/responses.mjs`], { env });
    expect(stdout).toMatch(/word0 .*word0 /);
  });

  (existsSync(`${EXAMPLE}/react`) ? test : test.skip)(
    'its chat in React renders, and its transport is answered',
    async () => {
      writeFileSync(`${FOLDER}/chat.tsx`, chat);
      writeFileSync(`${FOLDER}/driver.ts`, DRIVER);
      await build({
        entryPoints: [`${FOLDER}/driver.ts`],
        outfile: `${FOLDER}/driver.mjs`,
        bundle: true,
        platform: 'node',
        format: 'esm',
        jsx: 'automatic',
        nodePaths: [resolve(EXAMPLE)],
        banner: {
          js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);",
        },
        logLevel: 'error',
      });
      const { stdout } = await run(process.execPath, [`${FOLDER}/driver.mjs`], { env });
      expect(stdout).toContain('Say hello');
      expect(stdout).toContain('"type":"text-delta"');
      expect(stdout).toContain('"type":"finish"');
    },
  );
});
