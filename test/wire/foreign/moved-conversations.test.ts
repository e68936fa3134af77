import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { textOf } from '../../support/engine-room.ts';
import { ROUTES, startForeignRoom, type ForeignRoom } from '../../support/foreign/foreign-room.ts';
import type { Spoken } from '../../support/foreign/spoken.ts';

let room: ForeignRoom;
beforeAll(async () => void (room = await startForeignRoom()));
afterAll(() => room.stop());

const CALL = { id: 'call_1', name: 'weather', input: ['{"city":"Rome"}'] };
const CLAUDE = 'claude-sonnet-4-5';
const GEMINI = 'gemini-3.8-flash';
const SIGNED: Spoken = { thinking: { words: 'Hm.', signature: 'c2lnbmVk' }, calls: [CALL] };
const UNSIGNED: Spoken = { thinking: { words: 'Hm.' }, calls: [CALL] };

/** What a model answers to a body, in one piece. */
const send = async (route: string, body: object, model = '') => {
  const spoken = ROUTES[route];
  if (spoken === undefined) throw new Error(route);
  const { wire } = spoken;
  const dialect = async () => await Promise.resolve(spoken.dialect);
  const path = { model, isStream: false };
  const answer = await room.room.send(Buffer.from(JSON.stringify(body)), {
    wire,
    dialect,
    ...(model === '' ? {} : { path }),
  });
  expect(answer.status).toBe(200);
  return { text: await textOf(answer), emulated: answer.headers['x-sluice-emulated'] };
};

const message = z.object({ content: z.array(z.looseObject({ type: z.string() })) });
const tools = [{ name: 'weather', input_schema: { type: 'object' } }];
const result = [{ type: 'tool_result', tool_use_id: 'call_1', content: '25' }];
/** One turn of messages, and the next by another model. */
const messagesAfter = async (first: string, next: string) => {
  const hi = { role: 'user', content: 'hi' };
  const told = await send('/v1/messages', {
    model: first,
    max_tokens: 5_000,
    tools,
    messages: [hi],
  });
  const { content } = message.parse(JSON.parse(told.text));
  const messages = [hi, { role: 'assistant', content }, { role: 'user', content: result }];
  room.say({ words: ['Sunny'] });
  return {
    content,
    ...(await send('/v1/messages', { model: next, max_tokens: 5_000, tools, messages })),
  };
};

test.each(['deepseek-v4-flash', GEMINI])(
  'messages of %s go on with Claude: what Anthropic never signed is not sent to it',
  async (first) => {
    room.say(first === GEMINI ? SIGNED : UNSIGNED);
    const { content } = await messagesAfter(first, CLAUDE);
    expect(JSON.stringify(content)).toContain('"signature"');
    expect(room.asked()['messages']).toEqual([
      { role: 'user', content: 'hi' },
      {
        role: 'assistant',
        content: [{ type: 'tool_use', id: 'call_1', name: 'weather', input: { city: 'Rome' } }],
      },
      { role: 'user', content: result },
    ]);
  },
);

test.each(['deepseek-v4-flash', GEMINI, 'gpt-5-mini'])(
  'messages of Claude go on with %s: thoughts are left out, which is said',
  async (next) => {
    const hi = { role: 'user', content: 'hi' };
    const content = [
      { type: 'thinking', thinking: 'Hm.', signature: 'c2lnbmVk' },
      { type: 'tool_use', id: 'call_1', name: 'weather', input: { city: 'Rome' } },
    ];
    const messages = [hi, { role: 'assistant', content }, { role: 'user', content: result }];
    room.say({ words: ['Sunny'] });
    const { emulated } = await send('/v1/messages', {
      model: next,
      max_tokens: 5_000,
      tools,
      messages,
    });
    expect(emulated).toContain('messages.content.thinking');
    expect(JSON.stringify(room.asked())).not.toContain('c2lnbmVk');
  },
);

const geminiTools = [{ functionDeclarations: [{ name: 'weather' }] }];
const answer = z.object({
  candidates: z.tuple([z.object({ content: z.looseObject({ parts: z.array(z.unknown()) }) })]),
});
const contentsAfter = async (first: string, next: string) => {
  const hi = { role: 'user', parts: [{ text: 'hi' }] };
  const told = await send(':generateContent', { contents: [hi], tools: geminiTools }, first);
  const [{ content }] = answer.parse(JSON.parse(told.text)).candidates;
  const back = { functionResponse: { id: 'call_1', name: 'weather', response: { output: '25' } } };
  room.say({ words: ['Sunny'] });
  const contents = [hi, content, { role: 'user', parts: [back] }];
  const more = await send(':generateContent', { contents, tools: geminiTools }, next);
  return { content, ...more };
};

test.each([CLAUDE, 'deepseek-v4-flash', 'gpt-4o-mini'])(
  "contents of %s go on with Gemini: our marks are not sent, and a call says that it is another's",
  async (first) => {
    room.say(first === CLAUDE ? SIGNED : first === 'gpt-4o-mini' ? { calls: [CALL] } : UNSIGNED);
    await contentsAfter(first, GEMINI);
    expect(room.asked()['contents']).toMatchObject([
      {},
      {
        role: 'model',
        parts: [
          {
            functionCall: { id: 'call_1', name: 'weather', args: { city: 'Rome' } },
            thoughtSignature: 'skip_thought_signature_validator',
          },
        ],
      },
      {},
    ]);
  },
);

test("contents go from one model to another of neither's family, and their thoughts stay behind", async () => {
  room.say(SIGNED);
  const { emulated } = await contentsAfter(CLAUDE, 'deepseek-v4-flash');
  expect(emulated).toBe('contents.parts.thought');
  expect(JSON.stringify(room.asked())).not.toMatch(/c2lnbmVk|Hm\./);
});

test('a chat of Gemini 3 that begins with another model is taken by it', async () => {
  const call = { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{}' } };
  room.say({ words: ['Sunny'] });
  await send('/v1/chat/completions', {
    model: GEMINI,
    messages: [
      { role: 'user', content: 'hi' },
      { role: 'assistant', tool_calls: [call, { ...call, id: 'call_2' }] },
      { role: 'tool', tool_call_id: 'call_1', content: '25' },
      { role: 'tool', tool_call_id: 'call_2', content: '26' },
    ],
  });
  expect(JSON.stringify(room.asked()).match(/skip_thought_signature_validator/g)).toHaveLength(1);
});
