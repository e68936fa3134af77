import * as fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { boundInputTokens, countInputTokens } from '../../../lambdas/inference/calls/bound.ts';
import { FINER, FOREIGN, foreignTokens } from '../../../lambdas/inference/models/tokenizers.ts';
import { WIRES } from '../../support/all-wires.ts';
import { hostileBody, LANGUAGES, tersely } from '../../support/arbitrary-bodies.ts';
import { anthropic, atHand, cl100k, o200k } from '../../support/real-tokenizers.ts';

/** Anthropic's own word for what its newest tokenizers make of a text, against the ones before. */
const NEWEST = 1.35;
/** Long enough that one token more or less does not count. */
const longer = (text: string): string => `${text} `.repeat(8);

describe.each(Object.entries(LANGUAGES))('%s', (_language, words) => {
  test('is estimated at no less than the tokenizers of other vendors make of it', () => {
    const text = longer(words);
    expect(foreignTokens(FOREIGN, text, atHand)).toBeGreaterThanOrEqual(cl100k(text));
    expect(foreignTokens(FOREIGN, text, atHand)).toBeGreaterThanOrEqual(anthropic(text) * 0.99);
    expect(foreignTokens(FINER, text, atHand)).toBeGreaterThanOrEqual(
      Math.min(Buffer.byteLength(text), anthropic(text) * NEWEST) * 0.99,
    );
  });

  test('is counted piece by piece as it is counted whole', () => {
    expect(atHand(longer(words)) * 1.02).toBeGreaterThanOrEqual(o200k(longer(words)));
  });
});

test.each([
  ['code', readFileSync('lambdas/inference/calls/take-hold.ts', 'utf8')],
  ['prose', readFileSync('docs/dialects.md', 'utf8')],
  ['JSON', readFileSync('test/fixtures/agent-bodies.json', 'utf8').slice(0, 20_000)],
])('%s is estimated at no less than other vendors make of it', (_name, text) => {
  expect(foreignTokens(FOREIGN, text, atHand)).toBeGreaterThanOrEqual(cl100k(text));
  expect(foreignTokens(FINER, text, atHand)).toBeGreaterThanOrEqual(anthropic(text) * NEWEST);
});

describe('what is held for the input is never less than a real tokenizer makes of the whole body', () => {
  const measured = (wire: 'openai-chat' | 'anthropic-messages', model: string, body: object) => {
    const call = WIRES[wire].read(Buffer.from(tersely({ model, ...body })), 'application/json');
    return { json: Buffer.from(WIRES[wire].rewrite(call, model, null)).toString(), call };
  };

  test('of OpenAI: counted for its newer models, by bytes for its older ones', () => {
    fc.assert(
      fc.property(hostileBody(true), (body) => {
        const newer = measured('openai-chat', 'gpt-4o-mini', body);
        const real = o200k(newer.json);
        const counted = countInputTokens(newer.call, 'openai', 'gpt-4o-mini', atHand);
        expect(counted).toBeGreaterThanOrEqual(real);
        expect(boundInputTokens(newer.call, 'openai', 'gpt-4o-mini')).toBeGreaterThanOrEqual(real);
        const older = measured('openai-chat', 'gpt-4', body);
        expect(countInputTokens(older.call, 'openai', 'gpt-4', atHand)).toBeGreaterThanOrEqual(
          cl100k(older.json),
        );
      }),
      { numRuns: 60 },
    );
  });

  test('of Anthropic', () => {
    fc.assert(
      fc.property(hostileBody(false), (body) => {
        const { call, json } = measured('anthropic-messages', 'claude-sonnet-4-6', body);
        const counted = countInputTokens(call, 'anthropic', 'claude-sonnet-4-6', atHand);
        expect(counted).toBeGreaterThanOrEqual(anthropic(json));
      }),
      { numRuns: 60 },
    );
  });

  test.each([[null], [[]], [{}], [''], [1e20], [1e-6]])(
    'of an enum of one value over and over: %j',
    (value) => {
      const values = Array.from({ length: 1_500 }, () => value);
      const schema = { type: 'object', properties: { a: { enum: values } } };
      const say = { messages: [{ role: 'user', content: 'hi' }] };
      const chat = measured('openai-chat', 'gpt-4o-mini', {
        ...say,
        tools: [{ type: 'function', function: { name: 'f', parameters: schema } }],
      });
      expect(countInputTokens(chat.call, 'openai', 'gpt-4o-mini', atHand)).toBeGreaterThanOrEqual(
        o200k(chat.json),
      );
      const messages = measured('anthropic-messages', 'claude-opus-5', {
        messages: [
          { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'f', input: schema }] },
        ],
      });
      expect(boundInputTokens(messages.call, 'anthropic', 'claude-opus-5')).toBeGreaterThanOrEqual(
        anthropic(messages.json),
      );
    },
  );

  test('of words that the tokenizer at hand knows and another one does not', () => {
    for (const word of [' miejscu', '(HWND', '\tglm', ' ukuhl', 'neqarpoq', '{\n\n']) {
      const body = { messages: [{ role: 'user', content: word.repeat(300) }] };
      const claude = measured('anthropic-messages', 'claude-haiku-4-5', body);
      expect(
        countInputTokens(claude.call, 'anthropic', 'claude-haiku-4-5', atHand),
      ).toBeGreaterThanOrEqual(anthropic(word.repeat(300)));
    }
  });
});
