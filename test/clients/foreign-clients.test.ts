import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { ChatAnthropic } from '@langchain/anthropic';
import { ChatOpenAI } from '@langchain/openai';
import {
  generateText,
  isStepCount,
  jsonSchema,
  Output,
  streamText,
  tool,
  type LanguageModel,
} from 'ai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { startForeignRoom, type ForeignRoom } from '../support/foreign/foreign-room.ts';
import { LOGPROB } from '../support/foreign/spoken-tokens.ts';
import { USED } from '../support/foreign/spoken.ts';

const CLAUDE = 'claude-sonnet-4-5';
const CLAUDE_NEW = 'claude-opus-5';
const GPT = 'gpt-4o-mini';
const GEMINI = 'gemini-2.5-flash';
const CITY = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
} as const;
const city = z.object({ city: z.string() });

let room: ForeignRoom;
beforeAll(async () => void (room = await startForeignRoom({ capNanoUsd: null })));
afterAll(() => room.stop());

const byOpenai = (model: string): LanguageModel =>
  createOpenAI({ baseURL: `${room.url}/v1`, apiKey: 'k' }).chat(model);
const byAnthropic = (model: string): LanguageModel =>
  createAnthropic({ baseURL: `${room.url}/v1`, apiKey: 'k' })(model);

/** Each provider of the AI SDK with models that its vendor does not make. */
const AI_SDK = [
  ['chat completions', byOpenai, CLAUDE],
  ['chat completions', byOpenai, CLAUDE_NEW],
  ['chat completions', byOpenai, GEMINI],
  ['messages', byAnthropic, GPT],
  ['messages', byAnthropic, GEMINI],
] as const;

describe.each(AI_SDK)('the AI SDK by %s', (_dialect, providerOf, model) => {
  test(`${model}: words and what they cost, streamed and in one body`, async () => {
    room.say({ words: ['Hel', 'lo'] });
    const told = await generateText({ model: providerOf(model), prompt: 'hi', maxRetries: 0 });
    expect([told.text, told.usage.outputTokens]).toEqual(['Hello', USED.output]);
    const streamed = streamText({ model: providerOf(model), prompt: 'hi', maxRetries: 0 });
    expect(await streamed.text).toBe('Hello');
    expect((await streamed.usage).outputTokens).toBe(USED.output);
  });

  test(`${model}: a tool is called, and its result is told back`, async () => {
    room.say({ calls: [{ id: 'call_1', name: 'weather', input: ['{"city"', ':"Rome"}'] }] });
    const seen: unknown[] = [];
    const { text } = await generateText({
      model: providerOf(model),
      prompt: 'hi',
      maxRetries: 0,
      stopWhen: isStepCount(2),
      tools: {
        weather: tool({
          description: 'Says the weather',
          inputSchema: jsonSchema(CITY),
          execute: async (input) => {
            seen.push(input);
            room.say({ words: ['Sunny'] });
            return await Promise.resolve('25 degrees');
          },
        }),
      },
    });
    expect([text, seen]).toEqual(['Sunny', [{ city: 'Rome' }]]);
    expect(JSON.stringify(room.asked())).toContain('25 degrees');
  });

  test(`${model}: an answer keeps to its schema`, async () => {
    room.say({ words: ['{"city":', '"Rome"}'], calls: [] });
    const told = await generateText({
      model: providerOf(model),
      prompt: 'hi',
      maxRetries: 0,
      output: Output.object({ schema: city }),
    });
    expect(told.output).toEqual({ city: 'Rome' });
  });
});

test('the AI SDK hears how likely the tokens of Gemini were, streamed and in one body', async () => {
  room.say({ words: ['Hel', 'lo'], tellsLogprobs: true });
  const asked = {
    model: byOpenai(GEMINI),
    prompt: 'hi',
    maxRetries: 0,
    providerOptions: { openai: { logprobs: 1 } },
  };
  const told = await generateText(asked);
  const streamed = streamText(asked);
  expect(await streamed.text).toBe('Hello');
  const [first, second] = ['Hel', 'lo'].map((token) => ({
    token,
    logprob: LOGPROB.chosen,
    top_logprobs: [LOGPROB.other],
  }));
  for (const metadata of [told.providerMetadata, await streamed.providerMetadata])
    expect(metadata?.['openai']?.['logprobs']).toMatchObject([first, second]);
});

describe('LangChain', () => {
  const tools = [
    { type: 'function' as const, function: { name: 'weather', parameters: { ...CITY } } },
  ];

  test.each([CLAUDE, GEMINI])('by chat completions: %s', async (model) => {
    const chat = new ChatOpenAI({
      model,
      apiKey: 'k',
      maxRetries: 0,
      configuration: { baseURL: `${room.url}/v1` },
    });
    room.say({ words: ['Hel', 'lo'] });
    const told = await chat.invoke('hi');
    expect(told).toMatchObject({
      content: 'Hello',
      usage_metadata: { output_tokens: USED.output },
    });
    room.say({ calls: [{ id: 'call_1', name: 'weather', input: ['{"city":"Rome"}'] }] });
    const called = await chat.bindTools(tools).invoke('hi');
    expect(called.tool_calls).toMatchObject([{ name: 'weather', args: { city: 'Rome' } }]);
    room.say({ words: ['Hel', 'lo'] });
    let words = '';
    for await (const chunk of await chat.stream('hi')) words += chunk.text;
    expect(words).toBe('Hello');
  });

  test.each([GPT, GEMINI])('by messages: %s', async (model) => {
    const chat = new ChatAnthropic({
      model,
      apiKey: 'k',
      maxRetries: 0,
      maxTokens: 500,
      anthropicApiUrl: room.url,
    });
    room.say({ words: ['Hel', 'lo'] });
    const told = await chat.invoke('hi');
    expect(told).toMatchObject({
      content: 'Hello',
      usage_metadata: { output_tokens: USED.output },
    });
    room.say({ calls: [{ id: 'call_1', name: 'weather', input: ['{"city":"Rome"}'] }] });
    const called = await chat.bindTools(tools).invoke('hi');
    expect(called.tool_calls).toMatchObject([{ name: 'weather', args: { city: 'Rome' } }]);
  });
});
