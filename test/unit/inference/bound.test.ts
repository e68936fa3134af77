import * as fc from 'fast-check';
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import { describe, expect, test } from 'vitest';
import { boundInputTokens, countInputTokens } from '../../../lambdas/inference/calls/bound.ts';
import type { Wire } from '../../../lambdas/inference/wires/wire.ts';
import { inPieces } from '../../../lambdas/inference/calls/count-pieces.ts';
import { priceOf } from '../../../lambdas/inference/models/prices.ts';
import { anthropicMessages } from '../../../lambdas/inference/wires/anthropic-messages/wire.ts';
import { openaiChat } from '../../../lambdas/inference/wires/openai-chat/wire.ts';

const NOW = Date.UTC(2026, 10, 24, 12);
const read = (wire: Wire, body: string) => wire.read(Buffer.from(body), 'application/json');
const parse = (wire: Wire, body: object) =>
  read(wire, JSON.stringify({ model: 'gpt-4o-mini', messages: [{ role: 'user' }], ...body }));
const say = (content: unknown) => ({ messages: [{ role: 'user', content }] });
const plain = (text: string): number =>
  countTokens(text, { allowedSpecial: new Set(), disallowedSpecial: new Set() });
const count = inPieces(plain);

const PDF = `data:application/pdf;base64,${'JVBERi0x'.repeat(20_000)}`;

describe('the input bound', () => {
  test('is never below the real tokens of any text, tools and schemas included', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 400 }),
      fc.string({ unit: 'grapheme', maxLength: 200 }),
      fc.lorem({ maxCount: 60 }),
    );
    fc.assert(
      fc.property(text, text, fc.jsonValue({ maxDepth: 3 }), (system, words, schema) => {
        const body = {
          messages: [
            { role: 'system', content: system },
            { role: 'user', content: [{ type: 'text', text: words }] },
          ],
          tools: [{ type: 'function', function: { name: 'f', parameters: { schema } } }],
        };
        const call = parse(openaiChat, body);
        const real = count(system) + count(words) + count(JSON.stringify(schema));
        expect(boundInputTokens(call, 'openai', 'gpt-4o-mini')).toBeGreaterThanOrEqual(real);
        expect(countInputTokens(call, 'openai', 'gpt-4o-mini', count)).toBeGreaterThanOrEqual(real);
      }),
    );
  });

  test('counting in pieces takes linear time, and a word is counted as it was', () => {
    // The tokenizer's own time grows with the square of a word's length: each of these takes it minutes.
    for (const text of ['a', '日', ' ', '🙂', '-'])
      expect(count(text.repeat(500_000))).toBeGreaterThan(3_000);
    const prose = 'The hold is one conditional write, and the settle is another one. '.repeat(200);
    expect(count(prose)).toBe(plain(prose));
  });

  test.each([
    ['OpenAI', openaiChat, { type: 'image_url', image_url: { url: `data:${'x'.repeat(90_000)}` } }],
    [
      'Anthropic',
      anthropicMessages,
      { type: 'image', source: { type: 'base64', data: 'x'.repeat(90_000) } },
    ],
  ])('an image of %s counts by its table, not by its bytes', (_name, wire, part) => {
    const call = parse(wire, say([part]));
    expect(call.measures.images).toBe(1);
    const [empty, seen] = [parse(wire, say('')), call].map((one) =>
      boundInputTokens(one, 'openai', 'gpt-4o'),
    );
    expect((seen ?? 0) - (empty ?? 0)).toBeGreaterThanOrEqual(1_445);
    expect(seen).toBeLessThan(3_000);
    expect(boundInputTokens(call, 'openai', 'gpt-4o-mini')).toBeGreaterThanOrEqual(48_169);
    expect(boundInputTokens(call, 'anthropic', 'claude-opus-5')).toBeGreaterThanOrEqual(4_784);
  });

  test('text cannot hide in what only looks like an image', () => {
    const text = 'y'.repeat(5_000);
    const disguised = { type: 'image', image_url: { url: 'x', alt: text }, source: { note: text } };
    const openai = { ...disguised, type: 'image_url' };
    for (const [wire, body] of [
      [openaiChat, { tools: [{ type: 'function', function: { parameters: openai } }] }],
      [openaiChat, say([openai])],
      [anthropicMessages, { tools: [{ name: 'f', input_schema: { default: disguised } }] }],
      [anthropicMessages, say([{ type: 'tool_use', id: 't', name: 'f', input: disguised }])],
      [anthropicMessages, say([disguised])],
    ] as const)
      expect(boundInputTokens(parse(wire, body), 'openai', 'gpt-4o')).toBeGreaterThan(5_000);
  });

  test('images inside tool results and documents are counted', () => {
    const image = { type: 'image', source: { type: 'url', url: 'https://images.example/1' } };
    const call = parse(
      anthropicMessages,
      say([
        { type: 'tool_result', tool_use_id: 't', content: [image] },
        { type: 'document', source: { type: 'content', content: [image] } },
      ]),
    );
    expect([call.measures.images, call.unpriced]).toEqual([2, []]);
  });

  test('n answers are n times the output, and the larger of two limits is held', () => {
    expect(parse(openaiChat, { n: 3 }).choices).toBe(3);
    const both = parse(openaiChat, { max_tokens: 5_000, max_completion_tokens: 10 });
    expect(both.maxTokens).toBe(5_000);
  });

  test('a body nested without end is refused, whatever its part', () => {
    const deep = JSON.parse(`${'['.repeat(80)}1${']'.repeat(80)}`);
    for (const wire of [openaiChat, anthropicMessages])
      expect(() => parse(wire, say(deep))).toThrow(
        expect.objectContaining({ code: 'invalid_request' }),
      );
  });
});

describe('a body of 20,000 levels', () => {
  const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
  const nested = '{"type":"tool_result","content":['.repeat(20_000) + ']}'.repeat(20_000);
  test.each(['logit_bias', 'metadata', 'diagnostics', 'stop', 'brand_new'])(
    'in %s is a 400, on either wire',
    (name) => {
      for (const wire of [openaiChat, anthropicMessages])
        expect(() =>
          read(
            wire,
            `{"model":"m","messages":[{"role":"user","content":"x"}],"${name}":{"a":${deep}}}`,
          ),
        ).toThrow(expect.objectContaining({ code: 'invalid_request', facts: { param: name } }));
    },
  );

  test('in the content is a 400, on either wire', () => {
    for (const wire of [openaiChat, anthropicMessages])
      expect(() =>
        read(wire, `{"model":"m","messages":[{"role":"user","content":[${nested}]}]}`),
      ).toThrow(expect.objectContaining({ code: 'invalid_request', facts: { param: 'messages' } }));
  });
});

describe('a document', () => {
  test.each([
    [openaiChat, 'openai', 'gpt-4o-mini', { type: 'file', file: { file_data: PDF } }, 128_000],
    [
      anthropicMessages,
      'anthropic',
      'claude-sonnet-4-5',
      { type: 'document', source: { type: 'base64', data: PDF } },
      200_000,
    ],
    [openaiChat, 'openai', 'gpt-4.1', { type: 'file', file: { file_data: PDF } }, 1_047_576],
    [openaiChat, 'openai', 'gpt-5.5', { type: 'file', file: { file_data: PDF } }, 1_050_000],
  ] as const)('may fill the window, whatever its bytes', (wire, provider, model, part, window) => {
    const call = parse(wire, say([part]));
    const bound = boundInputTokens(call, provider, model);
    expect(bound).toBeGreaterThanOrEqual(window);
    expect(bound).toBeLessThan(window + 1_000);
  });
});

describe('a fine-tune', () => {
  test('counts an image as the model that it was tuned from', () => {
    const image = { type: 'image_url', image_url: { url: 'https://images.example/1' } };
    const call = parse(openaiChat, say([image]));
    const name = 'ft:gpt-4o-mini-2024-07-18:org:name:id';
    expect(boundInputTokens(call, 'openai', name)).toBeGreaterThanOrEqual(48_169);
  });
});

describe('a feature without price or bound', () => {
  test.each([
    [openaiChat, { service_tier: 'priority' }, 'service_tier'],
    [openaiChat, { audio: { voice: 'alloy' } }, 'audio'],
    [openaiChat, { prediction: {} }, 'prediction'],
    [openaiChat, { tools: [{ type: 'web_search' }] }, 'tools.0.type'],
    [
      openaiChat,
      say([{ type: 'text' }, { type: 'file', file: { file_id: 'f' } }]),
      'messages.0.content.1',
    ],
    [openaiChat, say([{ type: 'input_audio', input_audio: {} }]), 'messages.0.content.0'],
    [openaiChat, { messages: [{ role: 'assistant', audio: { id: 'a' } }] }, 'messages.0.audio'],
    [anthropicMessages, { mcp_servers: [{}] }, 'mcp_servers'],
    [
      anthropicMessages,
      { tools: [{ type: 'custom' }, { type: 'web_search_20250305' }] },
      'tools.1.type',
    ],
    [
      anthropicMessages,
      say([{ type: 'document', source: { type: 'file', file_id: 'f' } }]),
      'messages.0.content.0.source',
    ],
    [anthropicMessages, say([{ type: 'container_upload', file_id: 'f' }]), 'messages.0.content.0'],
  ])('is named: %#', (wire, body, field) => {
    expect(parse(wire, body).unpriced[0]?.path).toBe(field);
  });

  test.each([
    'gpt-4o-search-preview',
    'gpt-5-search-api',
    'o3-deep-research',
    'computer-use-preview',
  ])('the model %s has fees that no token limit bounds, so it has no price', (model) =>
    expect(priceOf('openai', model, NOW)).toBeNull(),
  );
});

describe('cache writes', () => {
  test.each([
    [anthropicMessages, '{"cache\\u005fcontrol":{"type":"ephemeral","ttl":"1h"}}', '1h'],
    [anthropicMessages, '{"cache_control":{"type":"ephemeral"}}', '5m'],
    [anthropicMessages, '{"text":"x"}', 'none'],
    [openaiChat, '{"text":"x"}', '5m'],
  ] as const)('are held however they are spelt: %#', (wire, block, kind) => {
    const body = `{"model":"m","messages":[{"role":"user","content":[${block}]}]}`;
    expect(read(wire, body).cacheWrites).toBe(kind);
  });

  test('a marker at the top of the body counts too', () => {
    const call = parse(anthropicMessages, { cache_control: { type: 'ephemeral', ttl: '1h' } });
    expect(call.cacheWrites).toBe('1h');
  });
});

describe('the body that the provider gets', () => {
  const sent = (wire: Wire, model: string, body: object, injected: number | null) => {
    const text = Buffer.from(wire.rewrite(parse(wire, body), model, injected)).toString('utf8');
    const { messages: _messages, model: named, ...rest } = JSON.parse(text);
    expect(named).toBe(model);
    return rest;
  };

  test.each([
    ['gpt-5', {}, 9, { max_completion_tokens: 9 }],
    ['gpt-4o', { max_tokens: 7 }, null, { max_tokens: 7 }],
    ['deepseek-chat', {}, 9, { max_tokens: 9 }],
    ['gpt-oss-20b', {}, 9, { max_tokens: 9 }],
    // A provider that knows only `max_tokens` would put out more than is held.
    ['deepseek-chat', { max_completion_tokens: 7 }, null, { max_tokens: 7 }],
    // Nobody's cap is at stake: the provider says what it makes of them.
    [
      'gpt-5',
      { max_tokens: 7, max_completion_tokens: 9 },
      null,
      { max_tokens: 7, max_completion_tokens: 9 },
    ],
    ['gpt-5', { max_tokens: 7, max_completion_tokens: 9 }, 9, { max_completion_tokens: 9 }],
    ['llama3.2', { max_tokens: -1 }, null, { max_tokens: -1 }],
  ])('%s %j gets the limit in the field that it reads', (model, body, injected, expected) => {
    expect(sent(openaiChat, model, body, injected)).toEqual(expected);
  });

  test('thinking, cache control, structured output and unknown fields pass untouched', () => {
    const body = {
      max_tokens: 5,
      thinking: { type: 'enabled', budget_tokens: 1_024 },
      system: [{ type: 'text', text: 's', cache_control: { type: 'ephemeral' } }],
      output_config: { format: { type: 'json_schema', schema: {} } },
      brand_new: { field: [1, null, 'x'] },
    };
    expect(sent(anthropicMessages, 'claude-opus-5', body, null)).toEqual(body);
  });

  test('a stream asks for its usage and keeps the other options of the caller', () => {
    const body = {
      stream: true,
      stream_options: { include_usage: false, include_obfuscation: false },
    };
    expect(sent(openaiChat, 'gpt-5', body, 9)).toEqual({
      stream: true,
      stream_options: { include_usage: true, include_obfuscation: false },
      max_completion_tokens: 9,
    });
  });
});

test('a feature word is taken from metadata when it is one, and refused when it is none', () => {
  expect(parse(openaiChat, { metadata: { feature: 'chat summary' } }).feature).toBe('chat summary');
  expect(parse(openaiChat, { metadata: { feature: 7 } }).feature).toBeNull();
  expect(() => parse(anthropicMessages, { metadata: { feature: 'x'.repeat(65) } })).toThrow(
    expect.objectContaining({ publicMessage: expect.stringContaining('metadata.feature') }),
  );
});
