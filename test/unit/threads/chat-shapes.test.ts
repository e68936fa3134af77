import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { plainPage } from '../../../lambdas/threads/dialects/ai-sdk/formats/plain-page.ts';
import { chatPage, said } from '../../support/chat-page.ts';
import { bodyOf } from '../../support/chat-room.ts';
import { startUpstream, type Upstream } from '../../support/upstream.ts';

let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream();
});
afterAll(() => upstream.stop());

const PNG = Buffer.from('\x89PNG\r\n\x1a\nand the rest of it', 'latin1').toString('base64');
const HELLO = [{ type: 'text', text: 'hello' }];

/** What the provider gets of a body that is posted as it is. */
const askedBy = async (body: object): Promise<Record<string, unknown>> => {
  const { ask } = await chatPage(upstream);
  await bodyOf(await ask('POST /v1/ai/chat', { id: 'c', model: 'gpt-4o-mini', ...body }));
  return upstream.bodies.at(-1) ?? {};
};

describe('shapes of pages', () => {
  test.each([
    ['its last message alone', { message: { id: 'u1', role: 'user', parts: HELLO } }],
    ['an empty list beside it', { messages: [], message: { role: 'user', parts: HELLO } }],
    ['parts that are empty', { messages: [{ role: 'user', content: 'hello', parts: [] }] }],
    ['messages without ids', { messages: [{ role: 'user', parts: HELLO }] }],
    ['an id that is empty', { messages: [{ id: '', role: 'user', parts: HELLO }] }],
    ['content of version 4', { messages: [{ id: 'u1', role: 'user', content: 'hello' }] }],
    ['content as parts', { messages: [{ role: 'user', content: HELLO }] }],
    [
      'parts beside content',
      { messages: [{ id: 'u1', role: 'user', content: 'hello', parts: HELLO }] },
    ],
  ])('a page may send %s', async (_kind, body) => {
    const { messages } = await askedBy(body);
    expect(messages).toEqual([{ role: 'user', content: 'hello' }]);
  });

  test('ids may be numbers, as rows of a page have them', async () => {
    const { ask } = await chatPage(upstream);
    const page = { id: 7, model: 'gpt-4o-mini', messages: [{ id: 1, role: 'user', parts: HELLO }] };
    const post = async (body: object) => await bodyOf(await ask('POST /v1/ai/chat', body));
    await post(page);
    const calls = upstream.bodies.length;
    await post({ ...page, id: '7' });
    expect(upstream.bodies).toHaveLength(calls);
    await post({ ...page, messages: [{ id: 1, role: 'user', content: 'bye' }], messageId: 1 });
    expect(upstream.bodies.at(-1)?.['messages']).toEqual([{ role: 'user', content: 'bye' }]);
  });

  test('what is null is not said', async () => {
    const nothing = { system: null, temperature: null, max_tokens: null, tools: null };
    const page = { config: null, callSettings: null, messageId: null, trigger: null };
    const body = await askedBy({ messages: [said('u1', 'hello')], ...nothing, ...page });
    expect(body).not.toHaveProperty('temperature');
    expect(body).not.toHaveProperty('tools');
    const tools = { look: { description: null, parameters: { type: 'object' } } };
    expect((await askedBy({ messages: [said('u1', 'hi')], tools }))['tools']).toHaveLength(1);
    const list = [{ type: 'function', name: 'look', description: null, parameters: {} }];
    expect(plainPage({ tools: list })).toEqual({ tools: [{ name: 'look', input_schema: {} }] });
  });

  test.each(['maxTokens', 'maxOutputTokens'])('callSettings.%s is the limit', async (name) => {
    const callSettings = { [name]: 77 };
    expect(await askedBy({ messages: [said('u1', 'hello')], callSettings })).toMatchObject({
      max_completion_tokens: 77,
    });
    expect(
      await askedBy({ messages: [said('u1', 'hi')], callSettings, max_tokens: 66 }),
    ).toMatchObject({ max_completion_tokens: 66 });
  });

  test('calls, files and attachments of version 4 are those of today', () => {
    const invocation = { toolCallId: 'c1', toolName: 'look', args: { at: 1 } };
    const call = { type: 'dynamic-tool', toolName: 'look', toolCallId: 'c1', input: { at: 1 } };
    const messages = [
      { role: 'data', content: 'of the page' },
      {
        role: 'user',
        content: 'see',
        experimental_attachments: [{ name: 'a.png', contentType: 'image/png', url: 'https://a/b' }],
      },
      {
        role: 'assistant',
        content: 'done',
        toolInvocations: [{ ...invocation, state: 'result', result: 'a door' }],
      },
      {
        role: 'assistant',
        parts: [{ type: 'tool-invocation', toolInvocation: { ...invocation, state: 'call' } }],
      },
      { role: 'user', parts: [{ type: 'file', mimeType: 'image/png', data: PNG }] },
    ];
    expect(plainPage({ messages })).toEqual({
      messages: [
        {
          role: 'user',
          parts: [
            { type: 'text', text: 'see' },
            { type: 'file', mediaType: 'image/png', url: 'https://a/b', filename: 'a.png' },
          ],
        },
        {
          role: 'assistant',
          parts: [
            { ...call, state: 'output-available', output: 'a door' },
            { type: 'text', text: 'done' },
          ],
        },
        { role: 'assistant', parts: [{ ...call, state: 'input-available' }] },
        {
          role: 'user',
          parts: [{ type: 'file', mediaType: 'image/png', url: `data:image/png;base64,${PNG}` }],
        },
      ],
    });
  });
});

describe('files of pages', () => {
  const file = (mediaType: string, url: string, filename = 'a file') => ({
    messages: [
      {
        id: 'u1',
        role: 'user',
        parts: [...HELLO, { type: 'file', mediaType, url, filename }],
      },
    ],
  });
  const IMAGE = { type: 'image_url', image_url: { url: `data:image/png;base64,${PNG}` } };

  test.each([
    ['image/png', `data:image/png;base64,${PNG}`],
    ['image/*', `data:image/*;base64,${PNG}`],
    ['image/jpg', `data:image/jpg;base64,${PNG}`],
    ['', `data:application/octet-stream;base64,${PNG}`],
    ['image/png', `data:image/png;charset=utf-8;base64,${PNG.slice(0, 8)}\r\n${PNG.slice(8)}`],
  ])('an image that is told as %s is what its bytes are', async (mediaType, url) => {
    const { messages } = await askedBy(file(mediaType, url));
    expect(messages).toEqual([{ role: 'user', content: [{ type: 'text', text: 'hello' }, IMAGE] }]);
  });

  test.each([
    ['text/plain', `data:text/plain;base64,${Buffer.from('Zora').toString('base64')}`],
    ['text/plain', 'data:text/plain,Zora'],
    ['application/json', `data:application/json;base64,${Buffer.from('Zora').toString('base64')}`],
    ['image/svg+xml', `data:image/svg+xml;utf8,Zora`],
  ])('a text of %s is read', async (mediaType, url) => {
    expect(JSON.stringify(await askedBy(file(mediaType, url)))).toContain('Zora');
  });

  test('one that is empty is named as such', async () => {
    const { messages } = await askedBy(file('text/plain', 'data:text/plain;base64,', 'notes.txt'));
    expect(JSON.stringify(messages)).toContain('[notes.txt: empty]');
  });

  test('an earlier call whose input was kept as JSON has what that says', async () => {
    const call = { type: 'tool-look', toolCallId: 'c1', state: 'output-available', output: 'x' };
    const answered = { role: 'assistant', parts: [{ ...call, input: '{"at":1}' }] };
    const instruction = { role: 'developer', content: 'Be brief.' };
    const body = await askedBy({
      messages: [instruction, said('u1', 'see'), answered, said('u2', 'go on')],
    });
    expect(JSON.stringify(body['messages'])).toContain(String.raw`"arguments":"{\"at\":1}"`);
    expect(body['messages']).toMatchObject([{ role: 'system' }, {}, {}, {}, {}]);
  });

  test('an earlier instruction of files alone says nothing', async () => {
    const system = {
      id: 's',
      role: 'system',
      parts: [{ type: 'file', mediaType: 'a/b', url: PNG }],
    };
    const { messages } = await askedBy({ messages: [system, said('u1', 'hello')] });
    expect(JSON.stringify(messages)).toContain('hello');
  });
});
