import OpenAI from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startForeignRoom, type ForeignRoom } from '../../support/foreign/foreign-room.ts';
import { LOGPROB } from '../../support/foreign/spoken-tokens.ts';
import { encodeMessages } from '../../../lambdas/inference/wires/anthropic-messages/turn-encode.ts';
import { assistant, text, turn, user } from '../../support/turns.ts';

let room: ForeignRoom;
let openai: OpenAI;
beforeAll(async () => {
  room = await startForeignRoom();
  openai = new OpenAI({ baseURL: `${room.url}/v1`, apiKey: 'k', maxRetries: 0 });
});
afterAll(() => room.stop());

const ask = {
  model: 'gemini-2.5-flash',
  logprobs: true,
  top_logprobs: 2,
  messages: [{ role: 'user' as const, content: 'hi' }],
};
const { chosen: logprob, other } = LOGPROB;
const tokens = (...words: readonly string[]) =>
  words.map((token) => ({
    token,
    logprob,
    bytes: [...Buffer.from(token)],
    top_logprobs: [{ ...other, bytes: [...Buffer.from(other.token)] }],
  }));

test('the OpenAI SDK adds up the tokens of each answer, streamed and in one body', async () => {
  room.say({ words: ['Hé', 'llo'], others: [['Bon', 'jour']], tellsLogprobs: true });
  const several = { ...ask, n: 2 };
  const whole = await openai.chat.completions.create(several);
  const streamed = await openai.chat.completions.stream(several).finalChatCompletion();
  for (const { choices } of [whole, streamed])
    expect(choices.map((choice) => choice.logprobs)).toEqual([
      { content: tokens('Hé', 'llo'), refusal: null },
      { content: tokens('Bon', 'jour'), refusal: null },
    ]);
  expect(room.asked()['generationConfig']).toMatchObject({ responseLogprobs: true, logprobs: 2 });
});

test('tokens that come once the words are over are told, and bytes that nobody knows are not made up', async () => {
  const candidate = (parts: readonly object[], more: object = {}): string =>
    `data: ${JSON.stringify({ candidates: [{ content: { role: 'model', parts }, ...more }] })}\r\n\r\n`;
  room.upstream.script = {
    chunks: [
      candidate([{ text: 'Hello' }]),
      candidate([{ text: '' }], {
        finishReason: 'STOP',
        // Without `logProbability`: zero is not written.
        logprobsResult: { chosenCandidates: [{ token: 'Hello' }, { token: '\uFFFD' }] },
      }),
    ],
  };
  const { choices } = await openai.chat.completions.create({ ...ask, top_logprobs: 0 });
  expect(choices[0]?.logprobs?.content).toEqual([
    { token: 'Hello', logprob: 0, bytes: [...Buffer.from('Hello')], top_logprobs: [] },
    { token: '\uFFFD', logprob: 0, bytes: null, top_logprobs: [] },
  ]);
});

test.each([
  [{ logprobs: false }, 'top_logprobs'],
  [{ top_logprobs: 21 }, 'top_logprobs'],
  [{ model: 'claude-sonnet-4-5' }, 'logprobs'],
  [{ model: 'bedrock/us.amazon.nova-pro-v1:0' }, 'logprobs'],
])('%o is refused by name', async (fields, param) => {
  await expect(openai.chat.completions.create({ ...ask, ...fields })).rejects.toMatchObject({
    status: 400,
    param,
  });
});

/** A model of another family that is asked in Google's words. */
const inContents = async (model: string, config: object): Promise<Response> =>
  await fetch(`${room.url}/v1beta/models/${model}:generateContent`, {
    method: 'POST',
    body: JSON.stringify({
      contents: [{ role: 'user', parts: [{ text: 'hi' }] }],
      generationConfig: { responseLogprobs: true, ...config },
    }),
  });

test.each([
  ['deepseek-v4-flash', { thinkingConfig: { thinkingBudget: 0 } }, 200],
  ['deepseek-v4-flash', {}, 400],
  ['gpt-5-mini', {}, 400],
  ['gpt-4o-mini', {}, 200],
])('%s with %o: a model that thinks tells none (%i)', async (model, config, status) => {
  room.say({ words: ['Hello'], tellsLogprobs: true });
  const answer = await inContents(model, config);
  const text = await answer.text();
  expect([answer.status, text]).toEqual([
    status,
    expect.stringContaining(
      status === 200 ? `"avgLogprobs":${logprob}` : '"param":"generationConfig.responseLogprobs"',
    ),
  ]);
});

test('how likely the words of an answer were is told to no Claude again', () => {
  const logprobs = [{ token: 'so', logprob: -0.1, top: [] }];
  const said = { type: 'text', text: 'so', logprobs } as const;
  const claude = 'claude-opus-5';
  const { body } = encodeMessages(
    turn(claude, user(text('hi')), assistant(claude, said), user(text('and?'))),
  );
  expect(body['messages']).toEqual([
    { role: 'user', content: [text('hi')] },
    { role: 'assistant', content: [text('so')] },
    { role: 'user', content: [text('and?')] },
  ]);
});
