import { gzipSync } from 'node:zlib';
import { byteByByte, streamed, whole, type Shape } from './shape.ts';

const WIRE = 'anthropic-messages';
const USAGE = { input_tokens: 100, output_tokens: 20 };
const message = (fields: object = {}) => ({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude-sonnet-4-5-20250929',
  content: [{ type: 'text', text: 'alpha beta' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: USAGE,
  ...fields,
});
const USE = { type: 'tool_use', id: 'toolu_1', name: 'lookup', input: { city: 'Oslo' } };

const FIELDS: Readonly<Record<string, object>> = {
  words: {},
  'no content': { content: [] },
  'a call': { content: [USE], stop_reason: 'tool_use' },
  'words and two calls': { content: [{ type: 'text', text: 'a' }, USE, { ...USE, id: 'toolu_2' }] },
  thinking: { content: [{ type: 'thinking', thinking: 'hmm', signature: 'S' }] },
  'hidden thinking': { content: [{ type: 'redacted_thinking', data: 'R' }] },
  'a block of tomorrow': { content: [{ type: 'hologram', depth: 3 }] },
  citations: {
    content: [{ type: 'text', text: 'a', citations: [{ type: 'char_location', cited_text: 'a' }] }],
  },
  'stopped at its limit': { stop_reason: 'max_tokens' },
  'stopped by a word': { stop_reason: 'stop_sequence', stop_sequence: 'END' },
  refused: { stop_reason: 'refusal', stop_details: { category: null } },
  'no reason': { stop_reason: null },
  'no usage': { usage: undefined },
  'usage null': { usage: null },
  'usage with caches': {
    usage: { ...USAGE, cache_read_input_tokens: 500, cache_creation_input_tokens: 40 },
  },
  'usage with searches': { usage: { ...USAGE, server_tool_use: { web_search_requests: 0 } } },
  'usage negative': { usage: { input_tokens: -1_000_000, output_tokens: 20 } },
  'a field of tomorrow': { hologram: 3, container: null },
};

const SOON = { 'content-type': 'application/json', 'retry-after-ms': '1' };
const error = (type: string, words = 'No.') => ({
  type: 'error',
  error: { type, message: words },
  request_id: 'req_theirs',
});
const ERRORS: readonly (readonly [number, string, unknown, Record<string, string>?])[] = [
  [400, 'the call', error('invalid_request_error')],
  [404, 'the model', error('not_found_error')],
  [413, 'its size', error('request_too_large')],
  [409, 'a conflict', error('conflict_error'), SOON],
  [429, 'its rate', error('rate_limit_error'), SOON],
  [500, 'itself', error('api_error'), SOON],
  [504, 'its time', error('timeout_error'), SOON],
  [529, 'its load', error('overloaded_error'), SOON],
  [529, 'not again', error('overloaded_error'), { ...SOON, 'x-should-retry': 'false' }],
  [400, 'in words', 'Bad request'],
  [502, 'a page', '<html></html>', { ...SOON, 'content-type': 'text/html' }],
  [400, 'the credit', error('invalid_request_error', 'Your credit balance is too low.')],
  [401, 'the key', error('authentication_error', 'invalid x-api-key')],
  [403, 'the permission', error('permission_error')],
];
const errors = [false, true].flatMap((isStream) =>
  ERRORS.map(([status, about, body, headers]) => ({
    ...whole(WIRE, `${status}: ${about}${isStream ? ', streamed' : ''}`, body, { status }),
    isStream,
    ...(headers === undefined ? {} : { headers }),
  })),
);

const event = (type: string, fields: object = {}): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
const START = event('message_start', {
  message: message({ content: [], stop_reason: null, usage: { ...USAGE, output_tokens: 1 } }),
});
const open = (index: number, content_block: object) =>
  event('content_block_start', { index, content_block });
const delta = (index: number, fields: object) =>
  event('content_block_delta', { index, delta: fields });
const close = (index: number) => event('content_block_stop', { index });
const END = [
  event('message_delta', {
    delta: { stop_reason: 'end_turn', stop_sequence: null },
    usage: { output_tokens: 20 },
  }),
  event('message_stop'),
];
const WORDS = [
  open(0, { type: 'text', text: '' }),
  delta(0, { type: 'text_delta', text: 'alpha ' }),
  delta(0, { type: 'text_delta', text: 'beta' }),
  close(0),
];
const GOOD = [START, ...WORDS, ...END];

const STREAMS: Readonly<Record<string, Shape['pieces']>> = {
  good: GOOD,
  'in one piece': [GOOD.join('')],
  'byte by byte': byteByByte(GOOD.join('')),
  'with pings': [START, event('ping'), ...WORDS, event('ping'), ...END],
  'a call in pieces': [
    START,
    open(0, { ...USE, input: {} }),
    delta(0, { type: 'input_json_delta', partial_json: '{"city"' }),
    delta(0, { type: 'input_json_delta', partial_json: ':"Oslo"}' }),
    close(0),
    ...END,
  ],
  'thinking first': [
    START,
    open(0, { type: 'thinking', thinking: '', signature: '' }),
    delta(0, { type: 'thinking_delta', thinking: 'hmm' }),
    delta(0, { type: 'signature_delta', signature: 'S' }),
    close(0),
    ...END,
  ],
  'an event of tomorrow': [START, event('weather', { sun: 1 }), ...WORDS, ...END],
  'a delta of tomorrow': [START, ...WORDS, delta(0, { type: 'hologram_delta' }), ...END],
  'usage told late': [
    START,
    ...WORDS,
    event('message_delta', { delta: { stop_reason: 'end_turn' }, usage: USAGE }),
    event('message_stop'),
  ],
  'no count': [
    START,
    ...WORDS,
    event('message_delta', { delta: { stop_reason: 'end_turn' } }),
    event('message_stop'),
  ],
  'no stop': [START, ...WORDS, ...END.slice(0, 1)],
  'no end': [START, ...WORDS],
  'an event behind the end': [...GOOD, event('ping')],
  'an error at once': [event('error', error('overloaded_error'))],
  'an error behind words': [START, ...WORDS, event('error', error('overloaded_error'))],
  'an event that is no JSON': [START, 'event: content_block_delta\ndata: {"half\n\n', ...END],
};

export const ANTHROPIC_SHAPES: readonly Shape[] = [
  ...Object.entries(FIELDS).map(([name, fields]) => whole(WIRE, name, message(fields))),
  ...errors,
  ...Object.entries(STREAMS).map(([name, pieces]) => streamed(WIRE, `streamed: ${name}`, pieces)),
  whole(WIRE, 'gzip', gzipSync(JSON.stringify(message())), {
    headers: { ...SOON, 'content-encoding': 'gzip' },
  }),
  whole(WIRE, 'an error under a good status', error('api_error'), { headers: SOON }),
  streamed(WIRE, 'streamed: cut', [START, ...WORDS], { ending: 'cut' }),
  whole(WIRE, 'gone before its head', '', { ending: 'gone' }),
];
