import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { priceOf } from '../../../lambdas/inference/models/prices.ts';
import { billNanoUsd } from '../../../lambdas/inference/models/bill-cost.ts';
import type { Json } from '../../../lambdas/inference/turn/turn.ts';
import { METER_START, type MeterState, type Wire } from '../../../lambdas/inference/wires/wire.ts';
import { anthropicMessages } from '../../../lambdas/inference/wires/anthropic-messages/wire.ts';
import { openaiChat } from '../../../lambdas/inference/wires/openai-chat/wire.ts';
import { GEMINI_ANSWER } from '../../support/gemini-answers.ts';
import { isWellFormed, readAnswer, readTurn } from '../../support/wire-reader.ts';

type Fields = Readonly<Record<string, Json>>;
interface Fuzzed {
  readonly wire: Wire;
  readonly provider: string;
  readonly model: string;
  readonly frames: readonly Fields[];
  readonly whole: Fields;
  readonly end: string;
}

const CHAT_USAGE = {
  prompt_tokens: 100,
  completion_tokens: 20,
  total_tokens: 120,
  prompt_cache_hit_tokens: 5,
  prompt_tokens_details: { cached_tokens: 10, cache_write_tokens: 5, audio_tokens: 5 },
  completion_tokens_details: {
    reasoning_tokens: 5,
    audio_tokens: 5,
    accepted_prediction_tokens: 1,
  },
};
const CHAT_WORDS = {
  role: 'assistant',
  content: 'alpha',
  refusal: null,
  reasoning_content: 'hm',
  reasoning: 'hm',
  annotations: [{ type: 'url_citation', url_citation: { url: 'https://a.test', title: 'A' } }],
  tool_calls: [
    { index: 0, id: 'c', type: 'function', function: { name: 'f', arguments: '{"a":1}' } },
  ],
};
const CHAT_ENVELOPE = {
  id: 'cc-1',
  created: 1,
  model: 'gpt-4o-mini',
  service_tier: 'default',
  system_fingerprint: 'f',
  citations: ['https://b.test'],
  search_results: [{ url: 'https://b.test', title: 'B' }],
  error: null,
  x_groq: { id: 'r', usage: { prompt_tokens: 100, completion_tokens: 20 } },
};
const MESSAGE_USAGE = {
  input_tokens: 100,
  output_tokens: 20,
  cache_read_input_tokens: 10,
  cache_creation_input_tokens: 10,
  cache_creation: { ephemeral_5m_input_tokens: 5, ephemeral_1h_input_tokens: 5 },
  output_tokens_details: { thinking_tokens: 5 },
  server_tool_use: { web_search_requests: 1 },
  service_tier: 'standard',
  inference_geo: 'global',
  speed: 'standard',
  iterations: [
    { type: 'message', model: 'claude-sonnet-4-6', input_tokens: 50, output_tokens: 10 },
  ],
};
const MESSAGE = { id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-sonnet-4-6' };
const BLOCKS = [
  {
    type: 'text',
    text: 'alpha',
    citations: [{ type: 'web_search_result_location', url: 'https://a.test', title: 'A' }],
  },
  { type: 'tool_use', id: 'toolu_1', name: 'f', input: { a: 1 } },
];

const WIRES: readonly Fuzzed[] = [
  GEMINI_ANSWER,
  {
    wire: openaiChat,
    provider: 'openai',
    model: 'gpt-4o-mini',
    frames: [
      {
        ...CHAT_ENVELOPE,
        choices: [{ index: 0, delta: CHAT_WORDS, logprobs: null, finish_reason: null }],
      },
      {
        ...CHAT_ENVELOPE,
        choices: [
          {
            index: 0,
            delta: {},
            finish_reason: 'stop',
            error: null,
            usage: { completion_tokens: 20 },
          },
        ],
      },
      { ...CHAT_ENVELOPE, choices: [], usage: CHAT_USAGE },
    ],
    whole: {
      ...CHAT_ENVELOPE,
      choices: [{ index: 0, message: CHAT_WORDS, finish_reason: 'stop' }],
      usage: CHAT_USAGE,
    },
    end: 'data: [DONE]\n\n',
  },
  {
    wire: anthropicMessages,
    provider: 'anthropic',
    model: 'claude-sonnet-4-6',
    frames: [
      { type: 'message_start', message: { ...MESSAGE, content: [], usage: MESSAGE_USAGE } },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'alpha' } },
      {
        type: 'content_block_delta',
        index: 0,
        delta: { type: 'citations_delta', citation: { url: 'https://a.test', title: 'A' } },
      },
      { type: 'content_block_stop', index: 0 },
      {
        type: 'content_block_start',
        index: 1,
        content_block: { type: 'tool_use', id: 'toolu_1', name: 'f', input: {} },
      },
      {
        type: 'content_block_delta',
        index: 1,
        delta: { type: 'input_json_delta', text: '', thinking: null, partial_json: '{"a":1}' },
      },
      { type: 'content_block_stop', index: 1 },
      {
        type: 'message_delta',
        delta: { stop_reason: 'end_turn', stop_sequence: null },
        usage: MESSAGE_USAGE,
        context_management: null,
      },
    ],
    whole: { ...MESSAGE, content: BLOCKS, stop_reason: 'end_turn', usage: MESSAGE_USAGE },
    end: 'event: message_stop\ndata: {"type":"message_stop"}\n\n',
  },
];
const VALUES: readonly Json[] = [
  null,
  {},
  { a: 1 },
  '',
  'text',
  '7',
  1.5,
  -5_000_000,
  1e300,
  9_007_199_254_740_991,
  true,
  [],
  ['x'],
  [null],
  [[{}]],
];

const isFields = (value: Json | undefined): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Every place of a value, as the names that lead to it. */
const placesOf = (value: Json, path: readonly string[] = []): readonly (readonly string[])[] => {
  const own = path.length === 0 ? [] : [path];
  if (typeof value !== 'object' || value === null) return own;
  const below = Object.entries(value).flatMap(([name, item]: [string, Json]) =>
    placesOf(item, [...path, name]),
  );
  return [...own, ...below];
};

const withValue = (value: Json, [name, ...rest]: readonly string[], put: Json): Json => {
  if (name === undefined) return put;
  const change = ([key, item]: readonly [string, Json]): readonly [string, Json] => [
    key,
    key === name ? withValue(item, rest, put) : item,
  ];
  if (isFields(value)) return Object.fromEntries(Object.entries(value).map(change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value).map((entry: [string, Json]) => change(entry)[1]);
};

const sse = (frames: readonly Json[], end: string): readonly Buffer[] => [
  ...frames.map((frame) => Buffer.from(`data: ${JSON.stringify(frame)}\n\n`)),
  Buffer.from(end),
];

/** Counts that a settlement can write, parts no larger than their whole, and a cost that is a number of nano-USD. */
const isSane = ({ wire, provider, model }: Fuzzed, { told }: MeterState): boolean => {
  const bill = wire.bill(told, { cacheWrites: '1h' });
  if (bill === null) return true;
  const counts = bill.passes.flatMap(({ tokens }) => Object.values(tokens));
  const priced = (name: string) => priceOf(provider, name, 1_790_000_000_000);
  const cost = billNanoUsd({ provider, model }, priced, bill);
  return (
    counts.every((count) => Number.isSafeInteger(count) && count >= 0 && count <= 200_000_000) &&
    bill.passes.every(({ tokens }) => tokens.audioOutput <= tokens.output) &&
    bill.passes.every(({ tokens }) => tokens.reasoning <= tokens.output) &&
    Number.isSafeInteger(cost) &&
    cost >= 0
  );
};

const expectPassed = async (
  fuzzed: Fuzzed,
  pieces: readonly Buffer[],
  what: string,
  mayFail = false,
) => {
  const { state, shown } = await readAnswer(fuzzed.wire, pieces);
  expect(shown, what).toBe(Buffer.concat(pieces).toString('utf8'));
  expect(isSane(fuzzed, state), what).toBe(true);
  if (state.failed && mayFail) {
    await expect(readTurn(fuzzed.wire, pieces), what).rejects.toMatchObject({
      code: 'provider_error',
    });
    return;
  }
  expect(state.failed, what).toBe(false);
  const events = await readTurn(fuzzed.wire, pieces);
  const isSaid = pieces.length > 1 && state.text !== '';
  if (isSaid || events.length > 0) expect(isWellFormed(events), what).toBe(true);
};

/** What stands there may be an error. */
const isError = (place: readonly string[]): boolean => place.includes('error');

describe.each(WIRES)('an answer of $wire.name', (fuzzed) => {
  const { wire, frames, whole, end } = fuzzed;

  test('passes byte for byte and counts sanely, whatever stands in any one of its fields', async () => {
    for (const [at, frame] of frames.entries())
      for (const place of placesOf(frame))
        for (const value of VALUES) {
          // An event of another type is another event: an error among them.
          if (place.join() === 'type') continue;
          const pieces = sse(
            frames.with(at, { ...frame, ...fieldsWith(frame, place, value) }),
            end,
          );
          const what = `${at} ${place.join('.')} = ${JSON.stringify(value)}`;
          await expectPassed(fuzzed, pieces, what, isError(place));
        }
  });

  test('in one body is read, whatever stands in any one of its fields', async () => {
    for (const place of placesOf(whole))
      for (const value of VALUES) {
        const what = `${place.join('.')} = ${JSON.stringify(value)}`;
        const bytes = Buffer.from(JSON.stringify(withValue(whole, place, value)));
        const state = wire.meter(METER_START, wire.whole(bytes));
        // An answer has words or a count, and is none of an error then.
        expect(state.failed, what).toBe(false);
        expect(isSane(fuzzed, state), what).toBe(true);
        await expectPassed(fuzzed, [bytes], what);
      }
  });

  test('of two fields that are anything, and of many, passes too', async () => {
    const all = frames.flatMap((frame, at) =>
      placesOf(frame)
        .filter((place) => place.join() !== 'type')
        .map((place) => [at, place] as const),
    );
    const changes = fc.array(fc.tuple(fc.constantFrom(...all), fc.constantFrom(...VALUES)), {
      minLength: 2,
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(changes, async (list) => {
        let changed = frames;
        for (const [[at, place], value] of list)
          changed = changed.map((frame, index) =>
            index === at ? { ...frame, ...fieldsWith(frame, place, value) } : frame,
          );
        const mayFail = list.some(([[, place]]) => isError(place));
        const pieces = sse(changed, end);
        await expectPassed(fuzzed, pieces, JSON.stringify(changed), mayFail);
        const [unended = Buffer.alloc(0), ...before] = pieces.toReversed();
        const cut = [...before.toReversed(), unended.subarray(0, -2)];
        await expectPassed(fuzzed, cut, JSON.stringify(changed), mayFail);
      }),
      { numRuns: 300 },
    );
  });
});

const fieldsWith = (frame: Fields, place: readonly string[], value: Json): Fields => {
  const changed = withValue(frame, place, value);
  return isFields(changed) ? changed : {};
};
