import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { isSaid } from '../../../lambdas/threads/domain/is-said.ts';
import { bodyOf, chatRoom } from '../../support/chat-room.ts';
import { startUpstream, type Upstream } from '../../support/upstream.ts';

let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream();
});
afterAll(() => upstream.stop());

const model = 'gpt-4o-mini';
const ZERO_WIDTH = '\u200b\u2060\ufeff';
const dataUrl = (words: string) =>
  `data:text/plain;base64,${Buffer.from(words).toString('base64')}`;
const says = (text: string) => ({ role: 'user', content: [{ type: 'input_text', text }] });
const answer = { role: 'assistant', content: 'Hello.' };
const call = { type: 'function_call', call_id: 'c', name: 'look', arguments: '{}' };
const output = { type: 'function_call_output', call_id: 'c', output: '' };
const file = (file_data: string) => ({
  role: 'user',
  content: [{ type: 'input_file', filename: 'a.txt', file_data }],
});

test.each([
  '',
  ' \n\t\u00a0\u3000',
  ZERO_WIDTH,
  '\u00ad\u034f\u061c',
  '\u115f\u3164\uffa0',
  '\ufe0f',
  '\u2800',
  '\0\b',
  '\u{e0020}',
])('%j says nothing', (words) => expect(isSaid(words)).toBe(false));

test.each(['.', ' a ', '0', '👩‍👧', 'नमस्ते', '한', '\u0600', '\ufffd', '`'])('%j is said', (words) =>
  expect(isSaid(`${ZERO_WIDTH}${words}`)).toBe(true),
);

describe('a response', () => {
  const ask = async (body: object) => {
    const room = await chatRoom(upstream.url);
    const calls = upstream.bodies.length;
    const asked = room.ask('POST /v1/responses', { model, ...body });
    return { room, asked, calls: () => upstream.bodies.length - calls };
  };

  test.each<[string, object, string]>([
    ['white space', { input: '   ' }, 'input'],
    ['nothing', { input: '' }, 'input'],
    ['zero-width characters', { input: ZERO_WIDTH }, 'input'],
    ['a part of white space', { input: [says('  ')] }, 'input.0.content'],
    ['a file of white space', { input: [file(dataUrl(' \n'))] }, 'input.0.content'],
    ['white space behind an answer', { input: [says('hi'), answer, says(' ')] }, 'input.2.content'],
    [
      'white space behind instructions',
      { input: [{ role: 'developer', content: 'Be kind.' }, says(' ')] },
      'input.1.content',
    ],
    ['white space, unstored', { input: ZERO_WIDTH, store: false }, 'input'],
  ])('to %s is a 400, and nothing is asked, held or written', async (_, body, param) => {
    const { room, asked, calls } = await ask(body);
    await expect(asked).rejects.toMatchObject({ code: 'invalid_request', facts: { param } });
    expect(calls()).toBe(0);
    const listed = await room.ask('GET /v1/threads', {});
    expect(listed.body).toMatchObject({ data: [] });
  });

  test.each<[string, object]>([
    ['a history with empty turns', { input: [says(' '), answer, says('hi')] }],
    ['an empty result', { input: [says('hi'), call, output] }],
    ['white space beside words', { input: [says(' '), says('hi')] }],
    ['white space beside a result', { input: [says('hi'), call, output, says(' ')] }],
    ['what an answer began', { input: [says('hi'), answer] }],
  ])('to %s is answered', async (_, body) => {
    const { asked, calls } = await ask(body);
    expect((await asked).body).toMatchObject({ status: 'completed' });
    expect(calls()).toBe(1);
  });

  test('that goes on with white space is a 400', async () => {
    const { room, asked, calls } = await ask({ input: 'hi' });
    const { id } = z.looseObject({ id: z.string() }).parse((await asked).body);
    const next = { model, previous_response_id: id, input: ' ' };
    await expect(room.ask('POST /v1/responses', next)).rejects.toMatchObject({
      code: 'invalid_request',
    });
    expect(calls()).toBe(1);
  });
});

describe('a message of a thread', () => {
  const text = (data: string) => ({
    type: 'document',
    source: { type: 'text', media_type: 'text/plain', data },
  });
  const post = async (content: unknown) => {
    const room = await chatRoom(upstream.url);
    const { id } = z
      .looseObject({ id: z.string() })
      .parse((await room.ask('POST /v1/threads', {})).body);
    const params = { thread_id: id };
    const turn = { model, max_tokens: 100, content };
    return room.ask('POST /v1/threads/{thread_id}/messages', turn, { params });
  };

  test.each<[string, unknown]>([
    ['a document of white space', [text('  ')]],
    ['zero-width characters', ZERO_WIDTH],
    ['both', [text(ZERO_WIDTH), { type: 'text', text: ZERO_WIDTH }]],
  ])('that is %s is a 400', async (_, content) => {
    await expect(post(content)).rejects.toMatchObject({ facts: { param: 'content' } });
  });

  test('may hold an empty document beside words', async () => {
    const told = await post([text(' '), { type: 'text', text: 'hi' }]);
    expect(await bodyOf(told)).toContain('run.completed');
  });
});
