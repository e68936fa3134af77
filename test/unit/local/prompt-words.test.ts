import Anthropic from '@anthropic-ai/sdk';
import OpenAI, { APIError } from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { afterFailures, promptWords } from '../../../local/providers/prompt-words.ts';
import { startSimulatedProviders } from '../../../local/providers/simulated-providers.ts';

const OPENAI = 'gpt-4o-mini';
const DEEPSEEK = 'deepseek-flash';
const CLAUDE = 'claude-haiku-4-5';
const weather = z.object({
  city: z.string().min(1).max(40),
  unit: z.enum(['celsius', 'fahrenheit']),
  days: z.int().min(1).max(7),
  key: z.string().regex(/^\d{3}$/),
});
const schema = z.toJSONSchema(weather);

describe('words in a prompt', () => {
  test.each<[string, object]>([
    ['Hello', { failure: null, style: 'words', isSlow: false, thinks: false, wantsTool: false }],
    ['along, slower, rethink, toolbox', { style: 'words', isSlow: false, thinks: false }],
    ['Slow, LONG', { style: 'long', isSlow: true }],
    ['Think, then use a tool', { thinks: true, wantsTool: true }],
    ['echo a long list', { style: 'echo' }],
    ['fail 429', { failure: 429 }],
    ['please FAIL 529 now', { failure: 529 }],
    ['fail mid-stream', { failure: 'mid-stream' }],
    ['fail midstream', { failure: 'mid-stream' }],
    ['fail 200, fail 4290, unfail 500', { failure: null }],
    ['fail 500 gpt*', { failure: 500 }],
    ['fail 500 GPT-4o*, slowly', { failure: 500, isSlow: true }],
    ['fail mid-stream gpt*', { failure: 'mid-stream' }],
    ['fail 500 claude*', { failure: null }],
    ['fail 500 claude* fail 429 gpt*', { failure: 429 }],
    ['fail 500 gpt', { failure: 500 }],
  ])('%j asks for %j', (prompt, words) => {
    expect(promptWords(prompt, OPENAI)).toMatchObject(words);
  });

  test.each([
    ['fail 500\n\nhi', 'hi'],
    ['slow fail 500\n\nfail mid-stream\n\nhi\n\nthere', 'hi\n\nthere'],
    ['fail 500 gpt*\n\nfail 429', 'fail 429'],
    ['echo a\n\n\nb\n\nfail 500', 'echo a\n\n\nb\n\nfail 500'],
  ])('of %j those count that no failure stands after', (prompt, words) => {
    expect(afterFailures(prompt)).toBe(words);
  });
});

describe('the simulated model', () => {
  let providers: Awaited<ReturnType<typeof startSimulatedProviders>>;
  beforeAll(async () => {
    providers = await startSimulatedProviders();
  });
  afterAll(async () => await providers.stop());

  const openai = () =>
    new OpenAI({ baseURL: `${providers.url}/v1`, apiKey: 'x', maxRetries: 0 }).chat.completions;
  const anthropic = () =>
    new Anthropic({ baseURL: providers.url, apiKey: 'x', maxRetries: 0 }).messages;
  const said = (content: string) => [{ role: 'user' as const, content }];
  const chat = async (content: string, model = OPENAI, fields: object = {}) =>
    await openai().create({ model, messages: said(content), ...fields });
  const claude = async (content: string, max_tokens = 4_000) =>
    await anthropic().create({ model: CLAUDE, max_tokens, messages: said(content) });
  const streamed = (content: string, max_tokens = 4_000) =>
    anthropic().stream({ model: CLAUDE, max_tokens, messages: said(content) });

  test('says what was said to it, that it is simulated, and how it learns more', async () => {
    const text = (await chat('Hello')).choices[0]?.message.content;
    expect(text).toContain('“Hello”');
    expect(text).toContain('simulated on your machine');
    expect((await chat('help')).choices[0]?.message.content).toContain('`fail mid-stream`');
    expect((await chat('echo: as it is')).choices[0]?.message.content).toBe('as it is');
  });

  test('counts what it took and gave, streamed as whole, on both wires', async () => {
    const { usage } = await chat('echo 12345678');
    expect(usage).toMatchObject({
      completion_tokens: 2,
      total_tokens: (usage?.prompt_tokens ?? 0) + 2,
    });
    const counts = [];
    for await (const chunk of await openai().create({
      model: OPENAI,
      stream: true,
      stream_options: { include_usage: true },
      messages: said('echo 12345678'),
    }))
      counts.push(chunk.usage);
    expect(counts.filter((each) => each !== null)).toEqual([usage]);
    const [whole, stream] = [await claude('echo 12345678'), streamed('echo 12345678')];
    expect(whole.usage.output_tokens).toBe(2);
    expect((await stream.finalMessage()).usage).toEqual(whole.usage);
  });

  test('tells no usage in a stream that did not ask for it', async () => {
    const stream = await openai().create({ model: OPENAI, stream: true, messages: said('Hello') });
    for await (const chunk of stream) {
      expect(chunk.choices).toHaveLength(1);
      expect(chunk).not.toHaveProperty('usage');
    }
  });

  test.each([1, 5, 400])('stops at a limit of %i tokens and says so', async (limit) => {
    const { choices, usage } = await chat('think long', OPENAI, { max_completion_tokens: limit });
    expect([choices[0]?.finish_reason, usage?.completion_tokens]).toEqual(['length', limit]);
    const message = await streamed('think long', limit).finalMessage();
    expect([message.stop_reason, message.usage.output_tokens]).toEqual(['max_tokens', limit]);
  });

  test('thinks in blocks with a signature as Anthropic, in a field as DeepSeek, in its count alone as OpenAI', async () => {
    const { content } = await claude('think');
    expect(content.map(({ type }) => type)).toEqual(['thinking', 'text']);
    expect((await streamed('think').finalMessage()).content).toEqual(content);
    expect(content[0]).toMatchObject({ signature: expect.stringMatching(/\w/) });
    const deepseek = await chat('think', DEEPSEEK);
    expect(deepseek.choices[0]?.message).toMatchObject({
      reasoning_content: expect.stringContaining('“think”'),
    });
    const hidden = await chat('think');
    expect(hidden.choices[0]?.message).not.toHaveProperty('reasoning_content');
    for (const { usage } of [deepseek, hidden])
      expect(usage?.completion_tokens_details?.reasoning_tokens).toBeGreaterThan(20);
  });

  const PROMPT = 'Use a tool: 3 days of weather in New York, in fahrenheit';
  const INPUT = { city: 'New York', unit: 'fahrenheit', days: 3, key: '000' };

  test('calls an offered tool with input that fits, from the words of the prompt, then answers from its result', async () => {
    const tools = [
      { type: 'function' as const, function: { name: 'weather', parameters: schema } },
    ];
    const asked = (await chat(PROMPT, OPENAI, { tools })).choices[0];
    expect(asked?.finish_reason).toBe('tool_calls');
    const [call] = asked?.message.tool_calls ?? [];
    const made = z
      .object({ id: z.string(), function: z.object({ arguments: z.string() }) })
      .parse(call);
    expect(weather.parse(JSON.parse(made.function.arguments))).toEqual(INPUT);
    const result = { role: 'tool', tool_call_id: made.id, content: 'rain' };
    const history = z.array(z.any()).parse([...said(PROMPT), asked?.message, result]);
    const done = await openai().create({ model: OPENAI, tools, messages: history });
    expect(done.choices[0]?.message.content).toContain('The tool answered: rain');
  });

  test('does the same on the wire of Anthropic, streamed', async () => {
    const tools = [
      { name: 'other', input_schema: { type: 'object' as const } },
      { name: 'weather', input_schema: { ...schema, type: 'object' as const } },
    ];
    const body = { model: CLAUDE, max_tokens: 500, tools };
    const { content, stop_reason } = await anthropic()
      .stream({ ...body, messages: said(PROMPT) })
      .finalMessage();
    expect([stop_reason, content]).toMatchObject(['tool_use', [{ name: 'weather', input: INPUT }]]);
    const [call] = content;
    const block = {
      type: 'tool_result' as const,
      tool_use_id: call?.type === 'tool_use' ? call.id : '',
      content: [{ type: 'text' as const, text: 'no such city' }],
      is_error: true,
    };
    const history = [
      ...said(PROMPT),
      { role: 'assistant' as const, content },
      { role: 'user' as const, content: [block] },
    ];
    const done = await anthropic().create({ ...body, messages: history });
    expect(done.content).toMatchObject([
      { text: expect.stringContaining('The tool failed: no such city') },
    ]);
  });

  test.each<[object, boolean]>([
    [{}, true],
    [{ tool_choice: 'none' }, false],
    [
      {
        tool_choice: {
          type: 'allowed_tools',
          allowed_tools: { mode: 'auto', tools: [{ type: 'function', function: { name: 'b' } }] },
        },
      },
      false,
    ],
  ])('calls what may be called: with %j it calls a is %s', async (fields, isCalled) => {
    const tools = [{ type: 'function' as const, function: { name: 'a' } }];
    const { choices } = await chat('tool', OPENAI, { tools, ...fields });
    expect(choices[0]?.message.tool_calls !== undefined).toBe(isCalled);
  });

  test.each([
    [400, 'invalid_request_error', 'invalid_request_error'],
    [401, 'invalid_request_error', 'authentication_error'],
    [429, 'requests', 'rate_limit_error'],
    [500, 'server_error', 'api_error'],
    [529, 'server_error', 'overloaded_error'],
  ])('fails with %i as each provider does', async (status, openaiType, anthropicType) => {
    const prompt = `fail ${status}`;
    await expect(chat(prompt)).rejects.toMatchObject({ status, type: openaiType });
    await expect(claude(prompt)).rejects.toMatchObject({
      status,
      error: { type: 'error', error: { type: anthropicType } },
    });
  });

  test('says when a refused call may come again', async () => {
    const error: unknown = await chat('fail 429').catch((refused: unknown) => refused);
    expect(error instanceof APIError && error.headers?.get('retry-after')).toBe('1');
  });

  test('breaks in mid-answer after some words, streamed or not', async () => {
    let text = '';
    const read = async () => {
      for await (const chunk of await openai().create({
        model: OPENAI,
        stream: true,
        messages: said('fail mid-stream'),
      }))
        text += chunk.choices[0]?.delta.content ?? '';
    };
    await expect(read()).rejects.toThrow();
    expect(text).toContain('“fail mid-stream”');
    await expect(streamed('fail mid-stream').finalMessage()).rejects.toThrow();
    await expect(chat('fail mid-stream')).rejects.toThrow();
    await expect(claude('fail mid-stream')).rejects.toThrow();
  });

  test('takes no word from what got no answer and stands in front in the same message', async () => {
    const content = ['fail 400', 'Hello'].map((text) => ({ type: 'text' as const, text }));
    const body = { model: CLAUDE, max_tokens: 400, messages: [{ role: 'user' as const, content }] };
    expect((await anthropic().create(body)).content).toMatchObject([
      { text: expect.stringContaining('“Hello”') },
    ]);
  });

  test.each([OPENAI, DEEPSEEK, CLAUDE])(
    'takes no word from what failed and stands in front in the same text of %s',
    async (model) => {
      const prompt = 'slow tool fail 500\n\nHello\n\nthere';
      const text =
        model === CLAUDE
          ? (await claude(prompt)).content.map((block) => ('text' in block ? block.text : ''))[0]
          : (await chat(prompt, model)).choices[0]?.message.content;
      expect(text).toContain('“Hello\n\nthere”');
      await expect(chat('Hello\n\nfail 500', model)).rejects.toMatchObject({ status: 500 });
    },
  );

  test('fails as the models alone whose names begin as the prompt says', async () => {
    await expect(chat('fail 500 gpt*')).rejects.toMatchObject({ status: 500 });
    expect((await chat('fail 500 gpt*', DEEPSEEK)).choices[0]?.finish_reason).toBe('stop');
    expect((await claude('fail 500 gpt*')).stop_reason).toBe('end_turn');
  });

  test('takes no word from a conversation that it only names', async () => {
    const content =
      '<conversation>\nuser: please fail 429, slow and long\nassistant: no\n</conversation>';
    expect((await chat(content)).choices[0]?.message.content).toBe(
      'Please fail 429, slow and long',
    );
  });

  test.each([
    ['/v1/chat/completions', 'no JSON', 400],
    ['/v1/messages', '{}', 400],
    ['/v1/rerank', '{"input": "x"}', 404],
    ['/v1/embeddings', '{"input": "x"}', 400],
  ])('refuses %s with %s', async (path, body, status) => {
    const answer = await fetch(`${providers.url}${path}`, { method: 'POST', body });
    expect(answer.status).toBe(status);
    expect(await answer.json()).toHaveProperty('error.message');
  });
});
