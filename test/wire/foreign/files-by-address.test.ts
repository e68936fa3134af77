import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { outboundMedia } from '../../../lambdas/inference/adapters/outbound-media.ts';
import { outbound, systemResolve } from '../../../lambdas/platform/outbound.ts';
import { engineRoom, textOf } from '../../support/engine-room.ts';
import { PDF, PNG } from '../../support/foreign/features.ts';
import {
  BY_CHAT,
  BY_MESSAGES,
  chatWith,
  messagesWith,
  startFileServer,
  type FileServer,
  type Part,
} from '../../support/foreign/file-room.ts';
import { speakAt } from '../../support/foreign/foreign-room.ts';
import { startScriptedUpstream, type ScriptedUpstream } from '../../support/scripted-upstream.ts';

const BEDROCK = 'bedrock/us.anthropic.claude-haiku-4-5-20251001-v1:0';
const GEMINI = 'gemini-2.5-flash';
const IMAGE = Buffer.from(PNG, 'base64');

let upstream: ScriptedUpstream;
let room: ReturnType<typeof engineRoom>;
let files: FileServer;

beforeAll(async () => {
  files = await startFileServer((path, response) => {
    const send = (type: string, body: Buffer | string): void => {
      response.writeHead(200, { 'content-type': type });
      response.end(body);
    };
    if (path.startsWith('/image')) return send('application/octet-stream', IMAGE);
    if (path === '/file') return send('binary/octet-stream', Buffer.from(PDF, 'base64'));
    if (path === '/words') return send('text/plain; charset=utf-8', 'sluices are gates');
    if (path === '/page') return send('image/png', '<html>not found</html>');
    if (path === '/large')
      return send('image/png', Buffer.concat([IMAGE, Buffer.alloc(3_750_000)]));
    if (path.startsWith('/some'))
      return send('image/png', Buffer.concat([IMAGE, Buffer.alloc(3_700_000)]));
    if (path === '/cut') {
      response.writeHead(200, { 'content-type': 'image/png', 'content-length': '9999' });
      response.write(IMAGE);
      setTimeout(() => response.destroy(), 50);
      return;
    }
    const [, target] = /^\/to\?(.*)$/.exec(path) ?? [];
    response.writeHead(target === undefined ? 404 : 302, {
      location: decodeURIComponent(target ?? ''),
    });
    response.end();
  });
});
afterAll(() => files.stop());

beforeEach(async () => {
  upstream = await startScriptedUpstream();
  upstream.script = speakAt({ words: ['hello'] });
  room = engineRoom(upstream.url);
  await room.mint();
  files.asked.length = 0;
  return () => upstream.stop();
});

const image = (path: string): Part => ({
  type: 'image_url',
  image_url: { url: `${files.url}${path}` },
});

const call = async (model: string, ...parts: readonly Part[]): Promise<string> =>
  await chatWith(room, model, parts);

const file = (path: string): Part => ({
  type: 'document',
  source: { type: 'url', url: `${files.url}${path}` },
});

const told = (): string => JSON.stringify(upstream.requests.at(-1)?.body);

describe('a file that is named by its address', () => {
  test.each([
    [GEMINI, { inlineData: { mimeType: 'image/png', data: PNG } }],
    [BEDROCK, { image: { format: 'png', source: { bytes: PNG } } }],
  ])('comes to %s as its bytes, each once', async (model, part) => {
    expect(await call(model, image('/image?a=1'), image('/image?a=1'))).toContain('hello');
    expect(told().split(JSON.stringify(part))).toHaveLength(3);
    expect(told()).not.toContain(files.url);
    expect(files.asked).toEqual(['/image?a=1']);
  });

  test('is in the result of a tool too', async () => {
    const source = { type: 'url', url: `${files.url}/image` };
    const use = { type: 'tool_use', id: 'toolu_1', name: 'look', input: {} };
    const result = {
      type: 'tool_result',
      tool_use_id: 'toolu_1',
      content: [{ type: 'image', source }],
    };
    const body = {
      model: BEDROCK,
      max_tokens: 99,
      tools: [{ name: 'look', input_schema: { type: 'object' } }],
      messages: [
        { role: 'user', content: 'see' },
        { role: 'assistant', content: [use] },
        { role: 'user', content: [result] },
      ],
    };
    await textOf(await room.call(body, BY_MESSAGES));
    expect(told()).toContain(PNG);
  });

  test.each([
    [GEMINI, '/file', PDF],
    [BEDROCK, '/file', PDF],
    ['gpt-4o-mini', '/file', PDF],
    [BEDROCK, '/words', 'sluices are gates'],
  ])('may be a document for %s: %s', async (model, path, bytes) => {
    await messagesWith(room, model, file(path));
    expect(told()).toContain(bytes);
  });

  test.each([
    ['gpt-4o-mini', 0],
    ['ollama/llava', 1],
  ])('%s reads addresses of images itself, or is given bytes', async (model, reads) => {
    await messagesWith(room, model, {
      type: 'image',
      source: { type: 'url', url: `${files.url}/image` },
    });
    expect(files.asked).toHaveLength(reads);
    expect(told()).toContain(reads === 0 ? `${files.url}/image` : PNG);
  });

  test('is followed to where it went, through the same guard', async () => {
    expect(await call(GEMINI, image(`/to?${encodeURIComponent('/image')}`))).toContain('hello');
    expect(files.asked).toEqual(['/to?%2Fimage', '/image']);
  });

  test.each([
    ['/nothing', 'its address answers 404'],
    ['/page', 'its address answers with no image that the model reads'],
    ['/large', 'its answer is larger than 3750000 bytes'],
    ['/cut', 'its address could not be read'],
    ['/to?%2Fto%3F%252Fto%253F%25252Fto%25253F%2525252Fimage', 'leads on more than 3 times'],
    [`/to?${encodeURIComponent('http://10.0.0.1/image')}`, 'must be https'],
    [`/to?${encodeURIComponent('https://10.0.0.1/image')}`, 'must be a public address'],
    [`/to?${encodeURIComponent('file:///etc/hosts')}`, 'must be https'],
  ])(
    'and cannot be read (%s) is a 400 that names its field, and costs nothing',
    async (path, why) => {
      await expect(call(BEDROCK, image('/image'), image(path))).rejects.toMatchObject({
        status: 400,
        code: 'invalid_request',
        publicMessage: expect.stringContaining(why),
        facts: { param: 'messages.0.content.2.image_url' },
      });
      expect(upstream.requests).toEqual([]);
      expect(await room.state()).toMatchObject({ heldNanoUsd: 0, spentNanoUsd: 0 });
    },
  );

  test.each([
    ['http://images.example/1.png', 'must be https'],
    ['https://user:word@images.example/1.png', 'must not carry a user or password'],
    ['https://169.254.169.254/latest', 'must be a public address'],
    ['https://[::1]/1.png', 'must be a public address'],
  ])('at %s is never asked for', async (url, why) => {
    const send = outbound({ isLoopbackAllowed: false, resolve: systemResolve });
    const asking = { type: 'image', bytesMax: 9, signal: AbortSignal.timeout(9_000) } as const;
    expect(await outboundMedia(send)(url, asking)).toEqual({
      problem: expect.stringContaining(why),
    });
  });

  test('leads to no address of this network by its name', async () => {
    const send = outbound({
      isLoopbackAllowed: false,
      resolve: async () => await Promise.resolve([{ address: '10.0.0.7', family: 4 }]),
    });
    const asking = { type: 'image', bytesMax: 9, signal: AbortSignal.timeout(9_000) } as const;
    expect(await outboundMedia(send)('https://images.example/1.png', asking)).toEqual({
      problem: 'its name leads to an address that is not public',
    });
  });

  test('is one of as many, and as much, as its provider takes', async () => {
    const many = Array.from({ length: 21 }, (_, at) => image(`/image?${at}`));
    await expect(call(BEDROCK, ...many)).rejects.toMatchObject({
      publicMessage: expect.stringContaining('at most 20 images by their addresses are read'),
    });
    const large = Array.from({ length: 20 }, (_, at) => image(`/some?${at}`));
    files.asked.length = 0;
    await expect(call(BEDROCK, ...large)).rejects.toMatchObject({
      publicMessage: expect.stringContaining('larger than 14000000 bytes together'),
    });
    // Four at once: no more is read than those that were under way.
    expect(files.asked.length).toBeLessThanOrEqual(8);
    expect(await room.state()).toMatchObject({ heldNanoUsd: 0 });
  });

  test('counts in each place that it is sent in', async () => {
    const many = Array.from({ length: 21 }, () => image('/image'));
    await expect(call(BEDROCK, ...many)).rejects.toMatchObject({
      publicMessage: expect.stringContaining('at most 20 images by their addresses are read'),
    });
    expect(files.asked).toEqual([]);
    const large = Array.from({ length: 4 }, () => image('/some'));
    await expect(call(BEDROCK, ...large)).rejects.toMatchObject({
      publicMessage: expect.stringContaining('larger than 14000000 bytes together'),
    });
    expect(files.asked).toEqual(['/some']);
    expect(await room.state()).toMatchObject({ heldNanoUsd: 0 });
  });

  test('is asked for by no stranger, and for nobody who has nothing left', async () => {
    const body = { model: GEMINI, messages: [{ role: 'user', content: [image('/image')] }] };
    const credential = { keyId: 'k'.repeat(26), secretHash: 'other' };
    await expect(room.call(body, { ...BY_CHAT, credential })).rejects.toMatchObject({
      status: 401,
    });
    room = engineRoom(upstream.url);
    await room.mint({ capNanoUsd: 0 });
    await expect(room.call(body, BY_CHAT)).rejects.toMatchObject({ status: 402 });
    expect(files.asked).toEqual([]);
  });

  test('is sent, and nothing in its place, where what others held is free again', async () => {
    const { keys } = room.deps;
    // As it is read while others hold all that is left.
    const authenticate: typeof keys.authenticate = async (...asked) => {
      const answer = await keys.authenticate(...asked);
      return answer.kind === 'refused'
        ? answer
        : { ...answer, key: { ...answer.key, availableNanoUsd: 0 } };
    };
    const body = { model: GEMINI, messages: [{ role: 'user', content: [image('/image')] }] };
    room.deps.keys = { ...keys, authenticate };
    await textOf(await room.call(body, BY_CHAT));
    expect(told()).toContain(PNG);
  });

  test('is held for as much as bytes that come along', async () => {
    const bytes = { type: 'image_url', image_url: { url: `data:image/png;base64,${PNG}` } };
    await call(GEMINI, bytes);
    const before = await room.last();
    await call(GEMINI, image('/image'));
    expect((await room.last())?.costNanoUsd).toBe(before?.costNanoUsd);
  });
});
