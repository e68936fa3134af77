import { createGoogleGenerativeAI } from '@ai-sdk/google';
import { ApiError, GoogleGenAI, type Content } from '@google/genai';
import { generateText, isStepCount, jsonSchema, streamText, tool } from 'ai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startForeignRoom, type ForeignRoom } from '../support/foreign/foreign-room.ts';
import { LOGPROB } from '../support/foreign/spoken-tokens.ts';
import { USED } from '../support/foreign/spoken.ts';

const CLAUDE = 'claude-sonnet-4-5';
const CITY = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
} as const;
const config = {
  tools: [{ functionDeclarations: [{ name: 'weather', parametersJsonSchema: CITY }] }],
};
const OTHERS = [
  'gpt-4o-mini',
  'gpt-5-mini',
  CLAUDE,
  'claude-opus-5',
  'deepseek-v4-flash',
  'bedrock/us.anthropic.claude-haiku-4-5-20251001-v1:0',
  'bedrock/us.amazon.nova-pro-v1:0',
  'ollama/qwen3',
];

let room: ForeignRoom;
beforeAll(async () => void (room = await startForeignRoom({ capNanoUsd: null })));
afterAll(() => room.stop());

const ai = (apiVersion: string) =>
  new GoogleGenAI({ apiKey: 'k', apiVersion, httpOptions: { baseUrl: room.url } });
const call = { id: 'call_1', name: 'weather', input: ['{"city"', ':"Rome"}'] };

describe.each(['v1', 'v1beta'])(
  "the client of Google, %s, with a model of another's",
  (version) => {
    test.each(OTHERS)('%s: words and what they cost, streamed and in one body', async (model) => {
      room.say({ words: ['Hel', 'lo'] });
      const { models } = ai(version);
      const told = await models.generateContent({ model, contents: 'hi' });
      expect([told.text, told.usageMetadata]).toEqual([
        'Hello',
        {
          promptTokenCount: USED.input + USED.cached,
          cachedContentTokenCount: USED.cached,
          candidatesTokenCount: USED.output,
          totalTokenCount: USED.input + USED.cached + USED.output,
        },
      ]);
      let words = '';
      let reason: string | undefined;
      for await (const chunk of await models.generateContentStream({ model, contents: 'hi' })) {
        words += chunk.text ?? '';
        reason = chunk.candidates?.[0]?.finishReason ?? reason;
      }
      expect([words, reason]).toEqual(['Hello', 'STOP']);
    });

    test.each(OTHERS)(
      '%s: a tool is called, and its result is told back without an id',
      async (model) => {
        room.say({ words: ['One moment.'], calls: [call] });
        const { models } = ai(version);
        const asked: Content = { role: 'user', parts: [{ text: 'hi' }] };
        const first = await models.generateContent({ model, contents: [asked], config });
        expect(first.functionCalls).toMatchObject([{ name: 'weather', args: { city: 'Rome' } }]);
        room.say({ words: ['Sunny'] });
        const result = {
          functionResponse: { name: 'weather', response: { output: '25 degrees' } },
        };
        const second = await models.generateContent({
          model,
          contents: [
            asked,
            first.candidates?.[0]?.content ?? {},
            { role: 'user', parts: [result] },
          ],
          config,
        });
        expect(second.text).toBe('Sunny');
        expect(JSON.stringify(room.asked())).toContain('25 degrees');
      },
    );
  },
);

test.each(['gpt-4o-mini', 'gpt-5-mini'])(
  '%s: gives the client of Google several answers, streamed and in one body',
  async (model) => {
    room.say({ words: ['Hel', 'lo'], others: [['Bon', 'jour']] });
    const { models } = ai('v1beta');
    const asked = { model, contents: 'hi', config: { candidateCount: 2 } };
    const { candidates = [], usageMetadata } = await models.generateContent(asked);
    expect(candidates.map(({ content }) => content?.parts)).toEqual([
      [{ text: 'Hello' }],
      [{ text: 'Bonjour' }],
    ]);
    expect(usageMetadata?.candidatesTokenCount).toBe(USED.output);
    const words = ['', ''];
    const reasons: unknown[] = [];
    for await (const chunk of await models.generateContentStream(asked))
      for (const { index = 0, content, finishReason } of chunk.candidates ?? []) {
        words[index] += content?.parts?.map(({ text = '' }) => text).join('') ?? '';
        if (finishReason !== undefined) reasons.push([index, finishReason]);
      }
    expect(words).toEqual(['Hello', 'Bonjour']);
    expect(reasons).toEqual([
      [0, 'STOP'],
      [1, 'STOP'],
    ]);
    expect(room.asked()).toMatchObject({ model, n: 2 });
  },
);

test('the client of Google hears how likely the tokens of a model of OpenAI were', async () => {
  room.say({ words: ['Hel', 'lo'], tellsLogprobs: true });
  const config = { responseLogprobs: true, logprobs: 1 };
  const { models } = ai('v1beta');
  const { candidates } = await models.generateContent({
    model: 'gpt-4o-mini',
    contents: 'hi',
    config,
  });
  const likely = (token: string, logProbability: number) => ({ token, logProbability });
  const { chosen, other } = LOGPROB;
  expect(candidates?.[0]).toMatchObject({
    avgLogprobs: chosen,
    logprobsResult: {
      chosenCandidates: [likely('Hel', chosen), likely('lo', chosen)],
      topCandidates: [
        { candidates: [likely(other.token, other.logprob)] },
        { candidates: [likely(other.token, other.logprob)] },
      ],
    },
  });
  expect(room.asked()).toMatchObject({ logprobs: true, top_logprobs: 1 });
});

describe('a chat of the client of Google', () => {
  test.each([true, false])(
    'sends thoughts back to the model that thought, whole and signed (shown: %s)',
    async (includeThoughts) => {
      const thinking = { words: 'Hm, Rome.', signature: 'c2lnbmVk' };
      room.say({ thinking, calls: [call] });
      const chat = ai('v1beta').chats.create({
        model: CLAUDE,
        config: { ...config, thinkingConfig: { thinkingBudget: 2_000, includeThoughts } },
      });
      let seen = '';
      for await (const chunk of await chat.sendMessageStream({ message: 'hi' }))
        for (const { text, thought } of chunk.candidates?.[0]?.content?.parts ?? [])
          if (thought === true) seen += text ?? '';
      expect(seen).toBe(includeThoughts ? 'Hm, Rome.' : '');
      room.say({ words: ['Sunny'] });
      await chat.sendMessage({
        message: { functionResponse: { name: 'weather', response: { output: '25' } } },
      });
      expect(JSON.stringify(room.asked()['messages'])).toContain(
        JSON.stringify({ type: 'thinking', thinking: 'Hm, Rome.', signature: 'c2lnbmVk' }),
      );
    },
  );

  test('is refused in the words that its client reads', async () => {
    const refused: unknown = await ai('v1')
      .models.generateContent({ model: CLAUDE, contents: 'hi', config: { seed: 7 } })
      .catch((error: unknown) => error);
    if (!(refused instanceof ApiError)) throw new Error('no error of the SDK', { cause: refused });
    expect([refused.status, JSON.parse(refused.message)]).toMatchObject([
      400,
      {
        error: {
          status: 'INVALID_ARGUMENT',
          details: [{ metadata: { param: 'generationConfig.seed' } }],
        },
      },
    ]);
  });
});

describe('the AI SDK by the provider of Google', () => {
  test.each(['gpt-4o-mini', CLAUDE])('%s: words, and tools', async (model) => {
    const provider = createGoogleGenerativeAI({ baseURL: `${room.url}/v1beta`, apiKey: 'k' });
    room.say({ words: ['Hel', 'lo'] });
    const streamed = streamText({ model: provider(model), prompt: 'hi', maxRetries: 0 });
    expect(await streamed.text).toBe('Hello');
    room.say({ calls: [call] });
    const { text } = await generateText({
      model: provider(model),
      prompt: 'hi',
      maxRetries: 0,
      stopWhen: isStepCount(2),
      tools: {
        weather: tool({
          inputSchema: jsonSchema(CITY),
          execute: async () => {
            room.say({ words: ['Sunny'] });
            return await Promise.resolve('25 degrees');
          },
        }),
      },
    });
    expect(text).toBe('Sunny');
    expect(JSON.stringify(room.asked())).toContain('25 degrees');
  });
});
