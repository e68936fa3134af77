import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bodyOf, chatRoom } from '../../support/chat-room.ts';
import { startUpstream, type Upstream } from '../../support/upstream.ts';
import { plainTurn } from '../../../lambdas/threads/formats/plain-turn.ts';

let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream();
});
afterAll(() => upstream.stop());

const PNG = Buffer.from('\x89PNG\r\n\x1a\nand the rest of it', 'latin1').toString('base64');
const MESSAGES = 'POST /v1/threads/{thread_id}/messages';

/** A turn of a new thread: what the provider gets, and how the thread has it. */
const told = async (body: object) => {
  const { ask } = await chatRoom(upstream.url);
  const opened = JSON.stringify((await ask('POST /v1/threads', {})).body);
  const params = { thread_id: /thread_[0-9a-z]{20}/.exec(opened)?.[0] ?? '' };
  await bodyOf(await ask(MESSAGES, { model: 'gpt-4o-mini', content: 'hi', ...body }, { params }));
  const shown = await ask(MESSAGES.replace('POST', 'GET'), {}, { params });
  return { asked: upstream.bodies.at(-1) ?? {}, shown: JSON.stringify(shown.body) };
};

describe('a turn as clients of other types write it', () => {
  const base64 = (media_type: string, data: string) => ({ type: 'base64', media_type, data });
  test.each([
    ['a type of another name', base64('image/jpg', PNG)],
    ['a type with parameters', base64('image/PNG; charset=utf-8', PNG)],
    ['line ends', base64('image/png', `${PNG.slice(0, 9)}\r\n${PNG.slice(9)}\n`)],
    ['the alphabet of URLs', base64('image/png', PNG.replaceAll('+', '-').replaceAll('/', '_'))],
    ['no padding', base64('image/png', PNG.replace(/=+$/, ''))],
    ['a data URL', base64('image/png', `data:image/png;base64,${PNG}`)],
  ])('an image with %s is told as its bytes are', async (_kind, source) => {
    const { asked } = await told({ content: [{ type: 'image', source }] });
    expect(JSON.stringify(asked)).toContain(`data:image/png;base64,${PNG}"`);
  });

  test('what is null is not said, and citations that are off are none', async () => {
    const source = { type: 'text', media_type: 'text/plain', data: 'Zora' };
    const { asked, shown } = await told({
      content: [
        { type: 'text', text: 'hello', citations: null, cache_control: null },
        { type: 'document', source, title: null, context: null, citations: { enabled: false } },
      ],
      system: null,
      temperature: null,
      max_tokens: null,
      tools: null,
      request_id: null,
    });
    expect(JSON.stringify(asked)).toContain('Zora');
    expect(asked).not.toHaveProperty('temperature');
    expect(shown).not.toContain('null,"cache_control');
  });

  test('a mark for a cache stays on its block, for providers that take it', async () => {
    const cache_control = { type: 'ephemeral', ttl: '1h' };
    const { shown } = await told({ content: [{ type: 'text', text: 'hello', cache_control }] });
    expect(shown).toContain('"cache_control":{"type":"ephemeral","ttl":"1h"}');
  });

  test.each([
    ['of type custom', { type: 'custom', name: 'see', description: null, input_schema: {} }],
    ['with parameters', { type: 'function', name: 'see', parameters: {} }],
    ['of OpenAI', { type: 'function', function: { name: 'see', parameters: {}, strict: null } }],
  ])('a tool %s is a tool of the client', async (_kind, tool) => {
    const { asked } = await told({ tools: [tool] });
    expect(asked['tools']).toMatchObject([{ type: 'function', function: { name: 'see' } }]);
  });

  test('a tool that a provider runs is refused by its name', async () => {
    await expect(
      told({ tools: [{ type: 'web_search_20250305', name: 'web_search' }] }),
    ).rejects.toMatchObject({ status: 400 });
  });

  test('a system of blocks is one text', async () => {
    const text = (words: string) => ({ type: 'text', text: words });
    const { asked } = await told({ system: [text('Be kind.'), text('Be short.')] });
    expect(asked['messages']).toMatchObject([{ content: 'Be kind.\n\nBe short.' }, {}]);
  });

  test.each([null, 'text', 3, ['a']])('what is no object is left as it is: %o', (raw) => {
    expect(plainTurn(raw)).toBe(raw);
  });
});

test('what an edit replaced cannot be edited or answered anew, but the edit may be sent again', async () => {
  const { ask } = await chatRoom(upstream.url);
  const opened = JSON.stringify((await ask('POST /v1/threads', {})).body);
  const threadId = /thread_[0-9a-z]{20}/.exec(opened)?.[0] ?? '';
  const post = async (route: string, seq: string, body: object) =>
    await bodyOf(
      await ask(route, { model: 'gpt-4o-mini', ...body }, { params: { thread_id: threadId, seq } }),
    );
  await post(MESSAGES, '', { content: 'first' });
  await post(MESSAGES, '', { content: 'second' });
  const edit = { content: 'other', request_id: 'e1' };
  const told = await post(`${MESSAGES}/{seq}/edit`, '1', edit);
  expect(await post(`${MESSAGES}/{seq}/edit`, '1', edit)).toBe(told);
  const gone = { code: 'conflict', status: 409 };
  const again = { content: 'again' };
  await expect(post(`${MESSAGES}/{seq}/edit`, '3', again)).rejects.toMatchObject(gone);
  await expect(post(`${MESSAGES}/{seq}/regenerate`, '4', {})).rejects.toMatchObject(gone);
});
