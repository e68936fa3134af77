import { PDF, PNG, SCHEMA, type Fields } from './features.ts';

const say = (...content: readonly object[]): Fields => ({ input: [{ role: 'user', content }] });
const tool = (more: object = {}) => ({
  type: 'function',
  name: 'weather',
  parameters: SCHEMA,
  strict: false,
  ...more,
});
const TOOLS: Fields = { tools: [tool()] };
const resultOf = (output: unknown): Fields => ({
  ...TOOLS,
  input: [
    { role: 'user', content: 'hi' },
    { type: 'function_call', call_id: 'call_1', name: 'weather', arguments: '{"city":"Rome"}' },
    { type: 'function_call_output', call_id: 'call_1', output },
  ],
});
const PICTURE = { type: 'input_image', image_url: `data:image/png;base64,${PNG}` };

/** The features of the matrix in the words of Responses, by name; what is not here has none. */
export const RESPONSES_FEATURES: Readonly<Record<string, Fields>> = {
  text: {},
  'system text': { instructions: 'Be brief.' },
  'image, bytes': say(PICTURE),
  'image, address': say({ type: 'input_image', image_url: 'https://images.example/1.png' }),
  PDF: say({
    type: 'input_file',
    filename: 'a.pdf',
    file_data: `data:application/pdf;base64,${PDF}`,
  }),
  tools: TOOLS,
  'tools, several at once': TOOLS,
  'tools, one at a time': { ...TOOLS, parallel_tool_calls: false },
  'tool choice': { ...TOOLS, tool_choice: { type: 'function', name: 'weather' } },
  'strict tools': { tools: [tool({ strict: true })] },
  'tools that accept text': { tools: [{ type: 'custom', name: 'weather' }] },
  'tool result': resultOf('25'),
  'tool result with an image': resultOf([{ type: 'input_text', text: 'look' }, PICTURE]),
  'answer in a schema': {
    text: { format: { type: 'json_schema', name: 'place', schema: SCHEMA, strict: true } },
  },
  'answer in JSON of any shape': {
    input: 'Say it in JSON.',
    text: { format: { type: 'json_object' } },
  },
  'thinking, how much': { reasoning: { effort: 'low' } },
  temperature: { temperature: 0.5 },
  logprobs: { top_logprobs: 2, include: ['message.output_text.logprobs'] },
  'pages that a model searched': {},
  refusal: {},
  'limit reached': {},
  'end user': { safety_identifier: 'ann' },
};

/** The same of a turn of a thread. */
export const THREAD_FEATURES: Readonly<Record<string, Fields>> = {
  text: {},
  'system text': { system: 'Be brief.' },
  'image, bytes': {
    content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: PNG } }],
  },
  'image, address': {
    content: [{ type: 'image', source: { type: 'url', url: 'https://images.example/1.png' } }],
  },
  PDF: {
    content: [
      { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: PDF } },
    ],
  },
  tools: { tools: [{ name: 'weather', input_schema: SCHEMA }] },
  'tools, several at once': { tools: [{ name: 'weather', input_schema: SCHEMA }] },
  'strict tools': { tools: [{ name: 'weather', input_schema: SCHEMA, strict: true }] },
  temperature: { temperature: 0.5 },
  'pages that a model searched': {},
  refusal: {},
  'limit reached': {},
};
