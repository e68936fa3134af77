import type { Spoken } from './spoken.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** What a user may ask of a model, in each dialect's words, and what the model says to it. */
export interface Feature {
  readonly name: string;
  readonly spoken: Spoken;
  /** Fields beside a first message; null: the dialect has no words for it. */
  readonly chat: Fields | null;
  readonly messages: Fields | null;
}

export const SCHEMA = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
};
export const PNG = 'iVBORw0KGgo=';
export const WAV = 'UklGRiQAAABXQVZF';
export const PDF = 'JVBERi0xLjQK';
const say = (content: unknown): Fields => ({ messages: [{ role: 'user', content }] });
const chatTool = (more: object = {}) => ({
  type: 'function',
  function: { name: 'weather', parameters: SCHEMA, ...more },
});
const messagesTool = (more: object = {}) => ({ name: 'weather', input_schema: SCHEMA, ...more });
const HELLO: Spoken = { words: ['Hel', 'lo'] };
const CALL: Spoken = {
  calls: [{ id: 'call_1', name: 'weather', input: ['{"city"', ':"Rome"}'] }],
};
const TWO: Spoken = {
  words: ['One moment.'],
  calls: [
    { id: 'call_1', name: 'weather', input: ['{"city":"Rome"}'] },
    { id: 'call_2', name: 'weather', input: ['{"city":"Oslo"}'] },
  ],
};
const JSON_ANSWER: Spoken = { words: ['{"city":', '"Rome"}'] };

const RESULT_IN_CHAT = (content: unknown): Fields => ({
  tools: [chatTool()],
  messages: [
    { role: 'user', content: 'hi' },
    {
      role: 'assistant',
      tool_calls: [
        {
          id: 'call_1',
          type: 'function',
          function: { name: 'weather', arguments: '{"city":"Rome"}' },
        },
      ],
    },
    { role: 'tool', tool_call_id: 'call_1', content },
  ],
});
const RESULT_IN_MESSAGES = (content: unknown): Fields => ({
  tools: [messagesTool()],
  messages: [
    { role: 'user', content: 'hi' },
    {
      role: 'assistant',
      content: [{ type: 'tool_use', id: 'call_1', name: 'weather', input: { city: 'Rome' } }],
    },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'call_1', content }] },
  ],
});

export const FEATURES: readonly Feature[] = [
  { name: 'text', spoken: HELLO, chat: {}, messages: {} },
  {
    name: 'system text',
    spoken: HELLO,
    chat: {
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'hi' },
      ],
    },
    messages: { system: 'Be brief.' },
  },
  {
    name: 'image, bytes',
    spoken: HELLO,
    chat: say([{ type: 'image_url', image_url: { url: `data:image/png;base64,${PNG}` } }]),
    messages: say([
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PNG } },
    ]),
  },
  {
    name: 'image, address',
    spoken: HELLO,
    chat: say([{ type: 'image_url', image_url: { url: 'https://images.example/1.png' } }]),
    messages: say([
      { type: 'image', source: { type: 'url', url: 'https://images.example/1.png' } },
    ]),
  },
  {
    name: 'PDF',
    spoken: HELLO,
    chat: say([
      {
        type: 'file',
        file: { filename: 'a.pdf', file_data: `data:application/pdf;base64,${PDF}` },
      },
    ]),
    messages: say([
      { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: PDF } },
    ]),
  },
  {
    name: 'sound, bytes',
    spoken: HELLO,
    chat: say([{ type: 'input_audio', input_audio: { data: WAV, format: 'wav' } }]),
    messages: null,
  },
  {
    name: 'tools',
    spoken: CALL,
    chat: { tools: [chatTool()] },
    messages: { tools: [messagesTool()] },
  },
  {
    name: 'tools, several at once',
    spoken: TWO,
    chat: { tools: [chatTool()] },
    messages: { tools: [messagesTool()] },
  },
  {
    name: 'tools, one at a time',
    spoken: CALL,
    chat: { tools: [chatTool()], parallel_tool_calls: false },
    messages: {
      tools: [messagesTool()],
      tool_choice: { type: 'auto', disable_parallel_tool_use: true },
    },
  },
  {
    name: 'tool choice',
    spoken: CALL,
    chat: {
      tools: [chatTool()],
      tool_choice: { type: 'function', function: { name: 'weather' } },
    },
    messages: { tools: [messagesTool()], tool_choice: { type: 'tool', name: 'weather' } },
  },
  {
    name: 'strict tools',
    spoken: CALL,
    chat: { tools: [chatTool({ strict: true })] },
    messages: { tools: [messagesTool({ strict: true })] },
  },
  {
    name: 'tools that accept text',
    spoken: { calls: [{ id: 'call_1', name: 'weather', input: ['{"input":"Rome"}'] }] },
    chat: { tools: [{ type: 'custom', custom: { name: 'weather' } }] },
    messages: null,
  },
  {
    name: 'tool result',
    spoken: HELLO,
    chat: RESULT_IN_CHAT('25'),
    messages: RESULT_IN_MESSAGES('25'),
  },
  {
    name: 'tool result with an image',
    spoken: HELLO,
    chat: RESULT_IN_CHAT([
      { type: 'text', text: 'look' },
      { type: 'image_url', image_url: { url: `data:image/png;base64,${PNG}` } },
    ]),
    messages: RESULT_IN_MESSAGES([
      { type: 'text', text: 'look' },
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PNG } },
    ]),
  },
  {
    name: 'answer in a schema',
    spoken: JSON_ANSWER,
    chat: {
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'place', schema: SCHEMA, strict: true },
      },
    },
    messages: { output_config: { format: { type: 'json_schema', schema: SCHEMA } } },
  },
  {
    name: 'answer in JSON of any shape',
    spoken: JSON_ANSWER,
    chat: {
      response_format: { type: 'json_object' },
      messages: [{ role: 'user', content: 'Say it in JSON.' }],
    },
    messages: null,
  },
  {
    name: 'thinking, how much',
    spoken: { thinking: { words: 'Hm.' }, ...HELLO },
    chat: { reasoning_effort: 'low' },
    messages: { thinking: { type: 'enabled', budget_tokens: 2_000 } },
  },
  {
    name: 'cache marks',
    spoken: HELLO,
    chat: say([{ type: 'text', text: 'hi', prompt_cache_breakpoint: { mode: 'explicit' } }]),
    messages: say([{ type: 'text', text: 'hi', cache_control: { type: 'ephemeral' } }]),
  },
  {
    name: 'stop sequences',
    spoken: { ...HELLO, reason: 'stop' },
    chat: { stop: ['END'] },
    messages: { stop_sequences: ['END'] },
  },
  {
    name: 'temperature',
    spoken: HELLO,
    chat: { temperature: 0.5 },
    messages: { temperature: 0.5 },
  },
  { name: 'top_k', spoken: HELLO, chat: null, messages: { top_k: 5 } },
  { name: 'seed', spoken: HELLO, chat: { seed: 7 }, messages: null },
  { name: 'penalties', spoken: HELLO, chat: { presence_penalty: 0.5 }, messages: null },
  {
    name: 'several answers',
    spoken: { ...HELLO, others: [['Bon', 'jour']] },
    chat: { n: 2 },
    messages: null,
  },
  {
    name: 'logprobs',
    spoken: { ...HELLO, tellsLogprobs: true },
    chat: { logprobs: true, top_logprobs: 1 },
    messages: null,
  },
  {
    name: 'citations of documents',
    spoken: HELLO,
    chat: null,
    messages: say([
      {
        type: 'document',
        source: { type: 'text', media_type: 'text/plain', data: 'It rains.' },
        citations: { enabled: true },
      },
    ]),
  },
  {
    name: 'pages that a model searched',
    spoken: { ...HELLO, pages: [{ url: 'https://a.example', title: 'A' }] },
    chat: {},
    messages: {},
  },
  {
    name: 'refusal',
    spoken: { words: ['I will not.'], reason: 'refusal' },
    chat: {},
    messages: {},
  },
  { name: 'limit reached', spoken: { ...HELLO, reason: 'length' }, chat: {}, messages: {} },
  {
    name: 'end user',
    spoken: HELLO,
    chat: { user: 'ann' },
    messages: { metadata: { user_id: 'ann' } },
  },
];
