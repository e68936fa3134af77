import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { wireOf } from '../../support/foreign/families.ts';
import { startForeignRoom } from '../../support/foreign/foreign-room.ts';
import { speak, type Spoken } from '../../support/foreign/spoken.ts';
import { startStoredRoom, type StoredRoom } from '../../support/foreign/stored-room.ts';

// BerriAI/litellm#36197, #22578: a client that keeps its history itself sends each item of an answer on its own.

const CLAUDE = 'claude-opus-4-8';
const tool = (name: string) => ({
  type: 'function' as const,
  name,
  parameters: { type: 'object', properties: {} },
  strict: false,
});
const TOOLS = [tool('f'), tool('g')];
const RESULTS: OpenAI.Responses.ResponseInput = [
  { type: 'function_call_output', call_id: 'call_1', output: 'one' },
  { type: 'function_call_output', call_id: 'call_2', output: 'two' },
];
const BOTH: Spoken = {
  thinking: { words: 'Hm', signature: 'c2ln' },
  words: ['Hello'],
  calls: [
    { id: 'call_1', name: 'f', input: ['{"a":1}'] },
    { id: 'call_2', name: 'g', input: [] },
  ],
};

let room: StoredRoom;
let openai: OpenAI;
beforeAll(async () => {
  room = await startStoredRoom();
  const { fetch } = room;
  openai = new OpenAI({ baseURL: 'http://127.0.0.1/v1', apiKey: 'k', maxRetries: 0, fetch });
});
afterAll(() => room.upstream.stop());

const say = (model: string, spoken: Spoken): void => {
  room.upstream.script = speak(wireOf(model), model, spoken);
};
const asked = (): unknown => room.upstream.requests.at(-1)?.body;

const answered = async (model: string, spoken: Spoken = BOTH) => {
  say(model, spoken);
  return await openai.responses.create({ model, input: 'hi', tools: TOOLS, store: false });
};
type Output = Awaited<ReturnType<typeof answered>>['output'];

/** The same answer sent back, item by item, to a model that may be another one. */
const sentBack = async (model: string, output: Output): Promise<unknown> => {
  say(model, { words: ['done'] });
  const input = [{ role: 'user' as const, content: 'hi' }, ...output, ...RESULTS];
  // What is answered may be sent back as it came, by OpenAI's documents.
  await openai.post('/responses', { body: { model, input, tools: TOOLS, store: false } });
  return asked();
};

const CLAUDE_CALLS = [
  { type: 'tool_use', id: 'call_1', name: 'f', input: { a: 1 } },
  { type: 'tool_use', id: 'call_2', name: 'g', input: {} },
];
const CLAUDE_RESULTS = [
  { type: 'tool_result', tool_use_id: 'call_1', content: 'one' },
  { type: 'tool_result', tool_use_id: 'call_2', content: 'two' },
];

/** The answer and its results, as each provider is told them. */
const TURNS: readonly (readonly [model: string, turns: object])[] = [
  [
    CLAUDE,
    {
      messages: [
        expect.anything(),
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'Hm', signature: 'c2ln' },
            { type: 'text', text: 'Hello' },
            ...CLAUDE_CALLS,
          ],
        },
        { role: 'user', content: CLAUDE_RESULTS },
      ],
    },
  ],
  [
    'bedrock/anthropic.claude-sonnet-4-5-20250929-v1:0',
    {
      messages: [
        expect.anything(),
        {
          role: 'assistant',
          content: [
            { reasoningContent: { reasoningText: { text: 'Hm', signature: 'c2ln' } } },
            { text: 'Hello' },
            { toolUse: { toolUseId: 'call_1', name: 'f', input: { a: 1 } } },
            { toolUse: { toolUseId: 'call_2', name: 'g', input: {} } },
          ],
        },
        {
          role: 'user',
          content: [
            { toolResult: { toolUseId: 'call_1', content: [{ text: 'one' }] } },
            { toolResult: { toolUseId: 'call_2', content: [{ text: 'two' }] } },
          ],
        },
      ],
    },
  ],
  [
    'deepseek-reasoner',
    {
      messages: [
        expect.anything(),
        {
          role: 'assistant',
          content: 'Hello',
          reasoning_content: 'Hm',
          tool_calls: [
            { id: 'call_1', function: { name: 'f', arguments: '{"a":1}' } },
            { id: 'call_2', function: { name: 'g', arguments: '{}' } },
          ],
        },
        { role: 'tool', tool_call_id: 'call_1', content: 'one' },
        { role: 'tool', tool_call_id: 'call_2', content: 'two' },
      ],
    },
  ],
  [
    'gemini-3-pro-preview',
    {
      contents: [
        expect.anything(),
        {
          role: 'model',
          parts: [
            { text: 'Hello' },
            { functionCall: { id: 'call_1', name: 'f', args: { a: 1 } } },
            { functionCall: { id: 'call_2', name: 'g', args: {} } },
          ],
        },
        {
          role: 'user',
          parts: [{ functionResponse: { id: 'call_1' } }, { functionResponse: { id: 'call_2' } }],
        },
      ],
    },
  ],
];

test.each(TURNS)(
  '%s is given its thought and its calls as the one turn that they were',
  async (model, turns) => {
    const { output } = await answered(model);
    expect(await sentBack(model, output)).toMatchObject(turns);
  },
);

test('a thought without words beside it goes before the calls that it led to', async () => {
  const { output } = await answered(CLAUDE);
  const silent = output.filter(({ type }) => type !== 'message');
  expect(await sentBack(CLAUDE, silent)).toMatchObject({
    messages: [
      expect.anything(),
      {
        role: 'assistant',
        content: [{ type: 'thinking', thinking: 'Hm', signature: 'c2ln' }, ...CLAUDE_CALLS],
      },
      { role: 'user', content: CLAUDE_RESULTS },
    ],
  });
});

const BEDROCK = 'bedrock/anthropic.claude-sonnet-4-5-20250929-v1:0';
const SEALED: Spoken = { redacted: 'c2VhbGVk', words: ['Hello'], calls: BOTH.calls ?? [] };

describe.each([
  [CLAUDE, { type: 'redacted_thinking', data: 'c2VhbGVk' }],
  [BEDROCK, { reasoningContent: { redactedContent: 'c2VhbGVk' } }],
])('a thought that %s sealed', (model, thought) => {
  test('is an item without words, and its model alone is given it back', async () => {
    const { output } = await answered(model, SEALED);
    expect(output.map(({ type }) => type)).toEqual([
      'reasoning',
      'message',
      'function_call',
      'function_call',
    ]);
    expect(output[0]).toMatchObject({ summary: [], encrypted_content: expect.any(String) });
    expect(await sentBack(model, output)).toMatchObject({
      messages: [expect.anything(), { role: 'assistant', content: [thought, {}, {}, {}] }, {}],
    });
    for (const other of ['claude-sonnet-4-5', 'gpt-5.1'])
      expect(JSON.stringify(await sentBack(other, output))).not.toMatch(/c2VhbGVk|reasoning/);
  });

  test('streams as one, begun and done, and is the same item when it is read', async () => {
    say(model, SEALED);
    const stream = await openai.responses.create({
      model,
      input: 'hi',
      tools: TOOLS,
      stream: true,
    });
    const told = [];
    for await (const event of stream) told.push(event);
    const ofItem = told.filter((event) => 'output_index' in event && event.output_index === 0);
    expect(ofItem.map(({ type }) => type)).toEqual([
      'response.output_item.added',
      'response.output_item.done',
    ]);
    const end = told.at(-1);
    if (end?.type !== 'response.completed') throw new Error(end?.type);
    const { output } = await openai.responses.retrieve(end.response.id);
    expect(output).toEqual(end.response.output);
    say(model, { words: ['done'] });
    await openai.responses.create({
      model,
      previous_response_id: end.response.id,
      input: RESULTS,
      tools: TOOLS,
    });
    expect(JSON.stringify(asked())).toContain('c2VhbGVk');
  });
});

test.each(['claude-sonnet-4-5', 'bedrock/anthropic.claude-sonnet-4-5-20250929-v1:0', 'gpt-5.1'])(
  '%s is given no thought that another model signed',
  async (model) => {
    const { output } = await answered(CLAUDE);
    expect(JSON.stringify(await sentBack(model, output))).not.toMatch(/c2ln|"Hm"/);
  },
);

test.each([null, 'gAAAAABo', 'c2ln', 'eyJhIjoxfQ==', 'sluice.Y2xhdWRl', '{"sluice":1}'])(
  'a thought whose signer nobody knows (%j) is given to no model that verifies it',
  async (encrypted_content) => {
    const thought = {
      type: 'reasoning' as const,
      id: 'rs_1',
      summary: [{ type: 'summary_text' as const, text: 'Hm' }],
      encrypted_content,
    };
    const { output } = await answered(CLAUDE, { words: ['Hello'], calls: BOTH.calls ?? [] });
    expect(await sentBack(CLAUDE, [thought, ...output])).toMatchObject({
      messages: [
        expect.anything(),
        { role: 'assistant', content: [{ type: 'text', text: 'Hello' }, ...CLAUDE_CALLS] },
        { role: 'user', content: CLAUDE_RESULTS },
      ],
    });
  },
);

test('answers that follow each other in chat completions are one turn too', async () => {
  const foreign = await startForeignRoom();
  const chat = new OpenAI({ baseURL: `${foreign.url}/v1`, apiKey: 'k', maxRetries: 0 });
  const call = (id: string, name: string, json: string) => ({
    role: 'assistant' as const,
    tool_calls: [{ id, type: 'function' as const, function: { name, arguments: json } }],
  });
  foreign.say({ words: ['done'] });
  await chat.chat.completions.create({
    model: CLAUDE,
    messages: [
      { role: 'user', content: 'hi' },
      { role: 'assistant', content: 'Hello' },
      call('call_1', 'f', '{"a":1}'),
      { role: 'user', content: '' },
      call('call_2', 'g', ''),
      { role: 'tool', tool_call_id: 'call_2', content: 'two' },
      { role: 'tool', tool_call_id: 'call_1', content: 'one' },
    ],
  });
  foreign.stop();
  expect(foreign.asked()['messages']).toMatchObject([
    { role: 'user' },
    { role: 'assistant', content: [{ type: 'text', text: 'Hello' }, ...CLAUDE_CALLS] },
    { role: 'user', content: CLAUDE_RESULTS },
  ]);
});
