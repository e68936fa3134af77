import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { byteByByte, streamed, whole, type Shape } from './shape.ts';

const WIRE = 'openai-chat';
const USAGE = { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 };
const ID = { id: 'cc-1', created: 1_700_000_000, model: 'gpt-4o-mini-2024-07-18' };

const answer = (message: object, fields: object = {}) => ({
  ...ID,
  object: 'chat.completion',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: 'alpha beta', ...message },
      finish_reason: 'stop',
    },
  ],
  usage: USAGE,
  ...fields,
});
const OK = answer({});
const call = (fields: object = {}) => ({
  id: 'call_1',
  type: 'function',
  function: { name: 'lookup', arguments: '{"city":"Oslo"}' },
  ...fields,
});

const MESSAGES: Readonly<Record<string, object>> = {
  'no words': { content: null },
  'empty words': { content: '' },
  refusal: { content: null, refusal: 'No.' },
  'one call': { content: null, tool_calls: [call()] },
  'two calls': { tool_calls: [call(), call({ id: 'call_2' })] },
  'two calls of one id': { tool_calls: [call(), call()] },
  'call without arguments': { tool_calls: [call({ function: { name: 'lookup', arguments: '' } })] },
  'call with an object': { tool_calls: [call({ function: { name: 'lookup', arguments: {} } })] },
  'call without an id': { tool_calls: [call({ id: null })] },
  'call of its own kind': {
    tool_calls: [{ id: 'call_1', type: 'custom', custom: { name: 'run', input: 'ls' } }],
  },
  'no calls': { tool_calls: null },
  'empty calls': { tool_calls: [] },
  'a function call': { function_call: { name: 'lookup', arguments: '{}' } },
  reasoning: { reasoning_content: 'hmm', reasoning: 'hmm' },
  annotations: {
    annotations: [{ type: 'url_citation', url_citation: { url: 'https://a.example', title: 'A' } }],
  },
  audio: { content: null, audio: { id: 'a', data: 'AA==', expires_at: 1, transcript: 'hi' } },
  'content in parts': { content: [{ type: 'text', text: 'alpha' }] },
  'words of every kind': { content: 'ünï 日本 🔎 \u0000 \u2028' },
};

const FIELDS: Readonly<Record<string, object>> = {
  'no usage': { usage: undefined },
  'usage null': { usage: null },
  'usage empty': { usage: {} },
  'usage zero': { usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 } },
  'usage in words': { usage: { prompt_tokens: '100', completion_tokens: '20' } },
  'usage in fractions': { usage: { prompt_tokens: 100.5, completion_tokens: 20 } },
  'usage beyond reason': { usage: { prompt_tokens: 1e15, completion_tokens: 20 } },
  'usage negative': { usage: { prompt_tokens: -1_000_000, completion_tokens: 20 } },
  'usage with details': {
    usage: {
      ...USAGE,
      prompt_tokens_details: { cached_tokens: 64, audio_tokens: 0 },
      completion_tokens_details: { reasoning_tokens: 8, rejected_prediction_tokens: 1 },
    },
  },
  'usage without input': { usage: { completion_tokens: 20 } },
  'two choices': { choices: [OK.choices[0], { ...OK.choices[0], index: 1 }] },
  'no choices': { choices: [] },
  'stopped at its limit': { choices: [{ ...OK.choices[0], finish_reason: 'length' }] },
  filtered: { choices: [{ ...OK.choices[0], finish_reason: 'content_filter' }] },
  'no reason': { choices: [{ ...OK.choices[0], finish_reason: null }] },
  'a reason of its own': { choices: [{ ...OK.choices[0], finish_reason: 'eos' }] },
  logprobs: {
    choices: [
      {
        ...OK.choices[0],
        logprobs: { content: [{ token: 'a', logprob: -0.1, bytes: [97], top_logprobs: [] }] },
      },
    ],
  },
  'a field of tomorrow': { hologram: { depth: 3 }, service_tier: 'default' },
  'an error that is null': { error: null },
};

const ERROR = { error: { message: 'No.', type: 'invalid_request_error', param: null, code: null } };
/** SDKs wait for as long as they are told to, and for half a second where they are not. */
const SOON = { 'content-type': 'application/json', 'retry-after-ms': '1' };

const BODIES: Readonly<Record<string, readonly [unknown, Record<string, string>?]>> = {
  'blank lines first': [`\n\n  ${JSON.stringify(OK)}`],
  'a line behind': [`${JSON.stringify(OK)}\n`],
  'another charset': [OK, { 'content-type': 'application/json; charset=utf-8' }],
  'capital letters': [OK, { 'content-type': 'Application/JSON' }],
  'a vendor’s type': [OK, { 'content-type': 'application/vnd.api+json' }],
  gzip: [gzipSync(JSON.stringify(OK)), { ...SOON, 'content-encoding': 'gzip' }],
  br: [brotliCompressSync(JSON.stringify(OK)), { ...SOON, 'content-encoding': 'br' }],
  deflate: [deflateSync(JSON.stringify(OK)), { ...SOON, 'content-encoding': 'deflate' }],
  identity: [OK, { ...SOON, 'content-encoding': 'identity' }],
  'an error under a good status': [ERROR, SOON],
  'a page under a good status': [
    '<html>maintenance</html>',
    { ...SOON, 'content-type': 'text/html' },
  ],
  'words under a good status': ['quota exceeded', { ...SOON, 'content-type': 'text/plain' }],
  'JSON as text': [OK, { 'content-type': 'text/plain' }],
  'half a body': [JSON.stringify(OK).slice(0, 80), SOON],
  'nothing at all': ['', SOON],
};

const wholes: readonly Shape[] = [
  ...Object.entries(MESSAGES).map(([name, message]) => whole(WIRE, name, answer(message))),
  ...Object.entries(FIELDS).map(([name, fields]) => whole(WIRE, name, answer({}, fields))),
  ...Object.entries(BODIES).map(([name, [body, headers]]) =>
    whole(WIRE, name, body, headers === undefined ? {} : { headers }),
  ),
  ...[201, 202, 206].map((status) => whole(WIRE, `status ${status}`, OK, { status })),
];

const said = (error: object) => ({ error: { message: 'No.', ...error } });
const ERRORS: readonly (readonly [number, string, unknown, Record<string, string>?])[] = [
  ...[400, 404, 413, 415, 422, 451].map((status) => [status, 'the call', ERROR] as const),
  ...[408, 409, 429, 500, 502, 503, 504, 520, 529].map(
    (status) => [status, 'its load', ERROR, SOON] as const,
  ),
  [400, 'the context', said({ code: 'context_length_exceeded', param: 'messages' })],
  [400, 'the policy', said({ code: 'content_policy_violation' })],
  [400, 'in words', 'Bad request'],
  [400, 'in a string', { error: 'no such thing' }],
  [400, 'not nested', { message: 'no', code: 'x' }],
  [422, 'in details', { detail: [{ loc: ['body', 'x'], msg: 'bad', type: 'value_error' }] }],
  [
    502,
    'a page',
    '<html>Bad gateway</html>',
    { 'content-type': 'text/html', 'retry-after-ms': '1' },
  ],
  [503, 'nothing', '', SOON],
  [429, 'not again', ERROR, { ...SOON, 'x-should-retry': 'false' }],
  [400, 'again', ERROR, { ...SOON, 'x-should-retry': 'true' }],
  [429, 'after no time', ERROR, { 'content-type': 'application/json', 'retry-after': '0' }],
  [401, 'the key', said({ code: 'invalid_api_key' })],
  [402, 'the balance', said({ message: 'Insufficient Balance' })],
  [403, 'the project', said({ message: 'Project `proj_abcdef` has no access' })],
  [403, 'flagged', said({ message: 'Your input was flagged' })],
  [429, 'the quota', said({ code: 'insufficient_quota' }), SOON],
];
const errors = [false, true].flatMap((isStream) =>
  ERRORS.map(([status, about, body, headers]) => ({
    ...whole(WIRE, `${status}: ${about}${isStream ? ', streamed' : ''}`, body, { status }),
    isStream,
    ...(headers === undefined ? {} : { headers }),
  })),
);

const data = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;
const chunk = (delta: object | null, fields: object = {}, choice: object = {}): string =>
  data({
    ...ID,
    object: 'chat.completion.chunk',
    choices: delta === null ? [] : [{ index: 0, delta, finish_reason: null, ...choice }],
    ...fields,
  });
const START = chunk({ role: 'assistant', content: '' });
const WORDS = [chunk({ content: 'alpha ' }), chunk({ content: 'beta' })];
const STOP = chunk({}, {}, { finish_reason: 'stop' });
const COUNT = chunk(null, { usage: USAGE });
const DONE = 'data: [DONE]\n\n';
const GOOD = [START, ...WORDS, STOP, COUNT, DONE];
const part = (index: number, fields: object) => chunk({ tool_calls: [{ index, ...fields }] });
const CALLS = chunk({}, {}, { finish_reason: 'tool_calls' });

const STREAMS: Readonly<Record<string, Shape['pieces']>> = {
  good: GOOD,
  'in one piece': [GOOD.join('')],
  'byte by byte': byteByByte(GOOD.join('')),
  'multi-byte words cut anywhere': byteByByte(
    [chunk({ content: '日本 🔎' }), STOP, COUNT, DONE].join(''),
  ),
  'with names of events': GOOD.map((frame) => `event: message\n${frame}`),
  'with ids': GOOD.map((frame, index) => `id: ${index}\n${frame}`),
  'data in two lines': [START, 'data: {"choices":\ndata: [{"index":0,"delta":{}}]}\n\n', ...GOOD],
  'a call in pieces': [
    part(0, { id: 'call_1', type: 'function', function: { name: 'lookup', arguments: '' } }),
    part(0, { function: { arguments: '{"city"' } }),
    part(0, { function: { arguments: ':"Oslo"}' } }),
    CALLS,
    COUNT,
    DONE,
  ],
  'two calls at once': [
    part(0, { id: 'a', type: 'function', function: { name: 'lookup', arguments: '{}' } }),
    part(1, { id: 'b', type: 'function', function: { name: 'lookup', arguments: '{' } }),
    part(1, { function: { arguments: '}' } }),
    CALLS,
    COUNT,
    DONE,
  ],
  'two choices at once': [
    chunk({ content: 'a' }),
    chunk({ content: 'b' }, {}, { index: 1 }),
    STOP,
    chunk({}, {}, { index: 1, finish_reason: 'stop' }),
    COUNT,
    DONE,
  ],
  'reasoning first': [chunk({ reasoning_content: 'hmm' }), ...GOOD],
  'usage everywhere': [chunk({ content: 'a' }, { usage: USAGE }), STOP, COUNT, DONE],
  'no usage': [START, ...WORDS, STOP, DONE],
  'no choices key': [data({ ...ID, object: 'chat.completion.chunk' }), ...GOOD],
  'a delta that is null': [data({ ...ID, choices: [{ index: 0, delta: null }] }), ...GOOD],
  'a comment first': [': OPENROUTER PROCESSING\n\n', ...GOOD],
  'a frame behind the end': [...GOOD, chunk({ content: 'late' })],
  'no end': [START, ...WORDS, STOP, COUNT],
  'no end and no reason': [START, ...WORDS],
  'an end alone': [DONE],
  'an end without a reason': [START, ...WORDS, DONE],
  'an error at once': [data(ERROR)],
  'an error behind words': [START, ...WORDS, data(ERROR)],
  'an error event': [START, `event: error\n${data(ERROR)}`],
  'a frame that is no JSON': [START, ...WORDS, 'data: {"half\n\n', DONE],
  nothing: [''],
};

export const OPENAI_SHAPES: readonly Shape[] = [
  ...wholes,
  ...errors,
  ...Object.entries(STREAMS).map(([name, pieces]) => streamed(WIRE, `streamed: ${name}`, pieces)),
  streamed(WIRE, 'streamed: as text', GOOD, { headers: { 'content-type': 'text/plain' } }),
  streamed(WIRE, 'streamed: gzip', [gzipSync(GOOD.join(''))], {
    headers: { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' },
  }),
  streamed(WIRE, 'streamed: cut', [START, ...WORDS], { ending: 'cut' }),
  { ...whole(WIRE, 'a document where a stream was asked for', OK), isStream: true },
  { ...streamed(WIRE, 'a stream where a document was asked for', GOOD), isStream: false },
  whole(WIRE, 'cut', JSON.stringify(OK).slice(0, 80), { ending: 'cut' }),
  whole(WIRE, 'gone before its head', '', { ending: 'gone' }),
];
