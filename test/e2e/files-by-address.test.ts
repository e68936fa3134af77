import { BadRequestError } from 'openai';
import { afterAll, beforeAll, expect } from 'vitest';
import { laptopTest } from '../support/deployed-stage.ts';
import { sharedE2e } from '../support/e2e.ts';
import { PNG } from '../support/foreign/features.ts';
import { startFileServer, type FileServer } from '../support/foreign/file-room.ts';
import { allFrames, threadClient } from '../support/thread-client.ts';

const e2e = sharedE2e();
let files: FileServer;

beforeAll(async () => {
  await e2e.start();
  files = await startFileServer((path, response) => {
    response.writeHead(path === '/image' ? 200 : 410);
    response.end(path === '/image' ? Buffer.from(PNG, 'base64') : 'gone');
  });
});
afterAll(async () => {
  files.stop();
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
          {
            role: 'user',
            content: [{ type: 'image_url', image_url: { url: `${files.url}${path}` } }],
          },
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
      { type: 'image', source: { type: 'url', url: `${files.url}/image` } },
    ];
    const answer = await client.post(thread, '', { content, model: 'gemini-2.5-flash' });
    expect((await allFrames(answer)).at(-1)?.event).toBe('run.completed');
    expect(files.asked).toEqual(['/image', '/gone', '/image']);
    expect((await e2e.own(secret)).held_micros).toBe(0);
  },
);
