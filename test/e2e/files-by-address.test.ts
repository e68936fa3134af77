import { createServer, type Server } from 'node:http';
import { BadRequestError } from 'openai';
import { afterAll, beforeAll, expect } from 'vitest';
import { listenHere } from '../../local/http/listen-here.ts';
import { laptopTest } from '../support/deployed-stage.ts';
import { sharedE2e } from '../support/e2e.ts';
import { PNG } from '../support/foreign/features.ts';
import { allFrames, threadClient } from '../support/thread-client.ts';

const e2e = sharedE2e();
const asked: string[] = [];
let server: Server;
let base = '';

beforeAll(async () => {
  await e2e.start();
  server = createServer(({ url = '' }, response) => {
    asked.push(url);
    response.writeHead(url === '/image' ? 200 : 410);
    response.end(url === '/image' ? Buffer.from(PNG, 'base64') : 'gone');
  });
  const port = await listenHere(server);
  base = `http://127.0.0.1:${port}`;
});
afterAll(async () => {
  server.close();
  await e2e.stop();
});

laptopTest(
  'an image by its address is read for a model whose provider wants bytes, in calls and in threads',
  'a stage calls public addresses alone',
  async () => {
    const { secret } = await e2e.mint({ max_spend_usd: 1 });
    const see = async (path: string) =>
      await e2e.openai(secret, 0).chat.completions.create({
        model: 'gemini-2.5-flash',
        max_tokens: 50,
        messages: [
          { role: 'user', content: [{ type: 'image_url', image_url: { url: `${base}${path}` } }] },
        ],
      });
    expect((await see('/image')).choices[0]?.finish_reason).toBeTruthy();
    const failed: unknown = await see('/gone').catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(BadRequestError);
    expect(failed).toMatchObject({
      param: expect.stringMatching(/^messages\.0/),
      message: expect.stringContaining('its address answers 410'),
    });

    const client = threadClient(e2e, secret);
    const thread = await client.open();
    const content = [
      { type: 'text', text: 'see' },
      { type: 'image', source: { type: 'url', url: `${base}/image` } },
    ];
    const answer = await client.post(thread, '', { content, model: 'gemini-2.5-flash' });
    expect((await allFrames(answer)).at(-1)?.event).toBe('run.completed');
    expect(asked).toEqual(['/image', '/gone', '/image']);
    expect((await e2e.own(secret)).held_micros).toBe(0);
  },
);
