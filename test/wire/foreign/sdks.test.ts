import Anthropic from '@anthropic-ai/sdk';
import OpenAI, { RateLimitError } from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { countTokens } from '../../../lambdas/inference/calls/count-tokens.ts';
import { messagesDialect } from '../../../lambdas/inference/dialects/anthropic-messages/dialect.ts';
import { startForeignRoom, type ForeignRoom } from '../../support/foreign/foreign-room.ts';
import { USED } from '../../support/foreign/spoken.ts';

const CLAUDE = 'claude-sonnet-4-5';
const GPT = 'gpt-4o-mini';
const WEATHER = {
  type: 'object' as const,
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
};

let room: ForeignRoom;
let openai: OpenAI;
let anthropic: Anthropic;
beforeAll(async () => {
  room = await startForeignRoom();
  openai = new OpenAI({ baseURL: `${room.url}/v1`, apiKey: 'k', maxRetries: 0 });
  anthropic = new Anthropic({ baseURL: room.url, apiKey: 'k', maxRetries: 0 });
});
afterAll(() => room.stop());

const settled = async () => await room.room.last();

describe("the OpenAI SDK with a model of another's", () => {
  const tool = {
    type: 'function' as const,
    function: { name: 'weather', description: 'Tells it.', parameters: { ...WEATHER } },
  };

  test('reads words, their reason and what was used, and is billed the same', async () => {
    room.say({ words: ['Hel', 'lo'] });
    const { data, response } = await openai.chat.completions
      .create({ model: CLAUDE, max_tokens: 50, messages: [{ role: 'user', content: 'hi' }] })
      .withResponse();
    expect(data).toMatchObject({
      object: 'chat.completion',
      model: CLAUDE,
      choices: [
        { message: { role: 'assistant', content: 'Hello', refusal: null }, finish_reason: 'stop' },
      ],
      usage: {
        prompt_tokens: USED.input + USED.cached,
        completion_tokens: USED.output,
        prompt_tokens_details: { cached_tokens: USED.cached },
      },
    });
    expect(response.headers.get('x-sluice-provider')).toBe('anthropic');
    expect(response.headers.get('x-sluice-emulated')).toBeNull();
    expect(await settled()).toMatchObject({
      estimated: false,
      status: 'completed',
      tokens: { input: USED.input, cacheRead: USED.cached, output: USED.output },
    });
    expect(Number(response.headers.get('x-sluice-cost-micros'))).toBeGreaterThan(0);
    expect(room.asked()).toMatchObject({ model: CLAUDE, max_tokens: 50, stream: true });
  });

  test('streams words and calls, and adds up the same answer', async () => {
    room.say({
      words: ['One ', 'moment.'],
      calls: [
        { id: 'toolu_1', name: 'weather', input: ['{"city"', ':"Rome"}'] },
        { id: 'toolu_2', name: 'weather', input: [] },
      ],
    });
    const stream = openai.chat.completions.stream({
      model: CLAUDE,
      messages: [{ role: 'user', content: 'hi' }],
      tools: [tool],
      stream_options: { include_usage: true },
    });
    const completion = await stream.finalChatCompletion();
    expect(completion.choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: {
        content: 'One moment.',
        tool_calls: [
          { id: 'toolu_1', function: { name: 'weather', arguments: '{"city":"Rome"}' } },
          { id: 'toolu_2', function: { name: 'weather', arguments: '{}' } },
        ],
      },
    });
    expect(completion.usage?.completion_tokens).toBe(USED.output);
  });

  test('sends back what it was told, and the model that thought gets its thoughts', async () => {
    room.say({
      thinking: { words: 'Hm.', signature: 'c2ln' },
      calls: [{ id: 'toolu_1', name: 'weather', input: ['{"city":"Rome"}'] }],
    });
    const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: 'hi' }];
    const first = await openai.chat.completions.create({ model: CLAUDE, messages, tools: [tool] });
    const message = first.choices[0]?.message;
    if (message === undefined) throw new Error('no message');
    room.say({ words: ['Sunny'] });
    const { response } = await openai.chat.completions
      .create({
        model: CLAUDE,
        tools: [tool],
        messages: [...messages, message, { role: 'tool', tool_call_id: 'toolu_1', content: '25' }],
      })
      .withResponse();
    expect(room.asked()['messages']).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'hi' }] },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'Hm.', signature: 'c2ln' },
          { type: 'tool_use', id: 'toolu_1', name: 'weather', input: { city: 'Rome' } },
        ],
      },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: '25' }] },
    ]);
    expect(response.headers.get('x-sluice-emulated')).toBeNull();
  });

  test('is shown one call of a model that cannot be kept from several, and pays for all', async () => {
    const call = (id: string) => ({ id, name: 'weather', input: ['{"city":"Rome"}'] });
    room.say({ words: ['Two.'], calls: [call('call_1'), call('call_2')] });
    const ask = {
      model: 'gemini-2.5-flash',
      messages: [{ role: 'user' as const, content: 'hi' }],
      tools: [tool],
      parallel_tool_calls: false,
    };
    const { data, response } = await openai.chat.completions.create(ask).withResponse();
    expect(data.choices[0]?.message).toMatchObject({
      content: 'Two.',
      tool_calls: [{ id: 'call_1', function: { arguments: '{"city":"Rome"}' } }],
    });
    expect(data.choices[0]?.message.tool_calls).toHaveLength(1);
    expect(response.headers.get('x-sluice-emulated')).toBe('parallel_tool_calls');
    expect(await settled()).toMatchObject({ tokens: { output: USED.output } });
    const streamed = await openai.chat.completions.stream(ask).finalChatCompletion();
    expect(streamed.choices[0]?.message.tool_calls).toHaveLength(1);
  });

  test('parses an answer that keeps to its schema', async () => {
    room.say({ words: ['{"city":"Rome"}'] });
    const parsed = await openai.chat.completions.parse({
      model: CLAUDE,
      messages: [{ role: 'user', content: 'hi' }],
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'place', schema: { ...WEATHER }, strict: true },
      },
    });
    expect(parsed.choices[0]?.message.content).toBe('{"city":"Rome"}');
    expect(room.asked()['output_config']).toEqual({
      format: { type: 'json_schema', schema: WEATHER },
    });
  });

  test('hears a provider’s refusal as its own error', async () => {
    room.upstream.script = {
      status: 429,
      type: 'application/json',
      chunks: ['{"type":"error","error":{"type":"rate_limit_error","message":"slow down"}}'],
    };
    const failure = openai.chat.completions.create({
      model: CLAUDE,
      messages: [{ role: 'user', content: 'hi' }],
    });
    await expect(failure).rejects.toBeInstanceOf(RateLimitError);
    await expect(failure).rejects.toMatchObject({
      status: 429,
      code: 'rate_limit_exceeded',
      type: 'rate_limit_error',
    });
    expect((await room.room.state()).heldNanoUsd).toBe(0);
  });
});

describe("the Anthropic SDK with a model of another's", () => {
  const tool = { name: 'weather', description: 'Tells it.', input_schema: { ...WEATHER } };
  const ask = { model: GPT, max_tokens: 50, messages: [{ role: 'user' as const, content: 'hi' }] };

  test('reads words, their reason and what was used', async () => {
    room.say({ words: ['Hel', 'lo'] });
    const message = await anthropic.messages.create(ask);
    expect(message).toMatchObject({
      type: 'message',
      role: 'assistant',
      model: GPT,
      content: [{ type: 'text', text: 'Hello' }],
      stop_reason: 'end_turn',
      usage: {
        input_tokens: USED.input,
        cache_read_input_tokens: USED.cached,
        output_tokens: USED.output,
      },
    });
  });

  test('streams words and calls, and adds up the same answer', async () => {
    room.say({
      words: ['One ', 'moment.'],
      calls: [{ id: 'call_1', name: 'weather', input: ['{"city"', ':"Rome"}'] }],
    });
    const stream = anthropic.messages.stream({ ...ask, tools: [tool] });
    const message = await stream.finalMessage();
    expect(message).toMatchObject({
      content: [
        { type: 'text', text: 'One moment.' },
        { type: 'tool_use', id: 'call_1', name: 'weather', input: { city: 'Rome' } },
      ],
      stop_reason: 'tool_use',
      usage: { input_tokens: USED.input, output_tokens: USED.output },
    });
    room.say({ words: ['Sunny'] });
    await anthropic.messages.create({
      ...ask,
      tools: [tool],
      messages: [
        ...ask.messages,
        { role: 'assistant', content: message.content },
        {
          role: 'user',
          content: [
            {
              type: 'tool_result',
              tool_use_id: 'call_1',
              content: [
                { type: 'text', text: 'look' },
                {
                  type: 'image',
                  source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' },
                },
              ],
            },
          ],
        },
      ],
    });
    expect(room.asked()['messages']).toMatchObject([
      { role: 'user', content: 'hi' },
      {
        role: 'assistant',
        content: 'One moment.',
        tool_calls: [{ id: 'call_1', function: { name: 'weather', arguments: '{"city":"Rome"}' } }],
      },
      { role: 'tool', tool_call_id: 'call_1' },
      { role: 'user', content: [{ type: 'text' }, { type: 'image_url' }] },
    ]);
  });

  test('hears an error in mid-stream as its own', async () => {
    room.upstream.script = {
      chunks: [
        'data: {"id":"1","choices":[{"index":0,"delta":{"content":"Hel"}}]}\n\n',
        'data: {"error":{"message":"broke"}}\n\n',
      ],
    };
    const stream = anthropic.messages.stream(ask);
    await expect(stream.finalMessage()).rejects.toThrow(/ended its answer with an error/);
    expect((await room.room.state()).heldNanoUsd).toBe(0);
  });
});

test("what another family's model would read is counted here, and said to be", async () => {
  const answer = await countTokens(room.room.deps, {
    ...(await room.room.asker()),
    wire: 'anthropic-messages',
    dialect: async () => await Promise.resolve(messagesDialect),
    headers: {},
    body: Buffer.from(
      JSON.stringify({ model: GPT, messages: [{ role: 'user', content: 'Hello there' }] }),
    ),
  });
  expect(answer.headers).toMatchObject({ 'x-sluice-emulated': 'input_tokens' });
  expect(JSON.parse(Buffer.from(bytesOf(answer.body)).toString())).toEqual({
    input_tokens: expect.any(Number),
  });
});

const bytesOf = (body: unknown): Uint8Array => (body instanceof Uint8Array ? body : Buffer.of());
