import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TurnRequest } from '../../../lambdas/inference/turn/turn.ts';
import { encodeMessages } from '../../../lambdas/inference/wires/anthropic-messages/turn-encode.ts';
import { encodeChat } from '../../../lambdas/inference/wires/openai-chat/turn-encode.ts';
import { toolNames } from '../../../lambdas/inference/wires/history/tool-names.ts';
import { NAMES, requests } from '../../support/arbitrary-turns.ts';
import { PIXEL, call, result, text } from '../../support/turns.ts';
import { anthropicProblems, openaiProblems } from '../../support/wire-rules.ts';

const RUNS = { numRuns: 1_000 };

describe.each([
  ['claude-opus-5', encodeMessages, anthropicProblems],
  ['gpt-5', encodeChat, openaiProblems],
  ['deepseek-v4-pro', encodeChat, openaiProblems],
])('any history for %s', (model, encode, problemsOf) => {
  test('becomes a body that keeps every rule of its provider', () => {
    fc.assert(
      fc.property(requests(model), (request) => {
        expect(problemsOf(encode(request).body)).toEqual([]);
      }),
      RUNS,
    );
  });

  test('loses no word: every text that is not blank is in the body', () => {
    const hasWords = (request: TurnRequest) =>
      request.messages.some(({ content }) =>
        content.some((block) => block.type === 'text' && block.text.includes('日本')),
      );
    fc.assert(
      fc.property(requests(model).filter(hasWords), (request) => {
        expect(JSON.stringify(encode(request).body)).toContain('日本');
      }),
      { numRuns: 200 },
    );
  });

  test('keeps the ids of its beginning, whatever is appended', () => {
    const idsIn = (request: TurnRequest) =>
      [...JSON.stringify(encode(request).body['messages']).matchAll(/"id":"([^"]*)"/g)].map(
        ([, id]) => id,
      );
    fc.assert(
      fc.property(requests(model), (request) => {
        const shorter = { ...request, messages: request.messages.slice(0, -1) };
        const ids = idsIn(shorter);
        expect(idsIn(request).slice(0, ids.length)).toEqual(ids);
      }),
      { numRuns: 300 },
    );
  });
});

test('tool names are legal, apart from each other, and translate back', () => {
  fc.assert(
    fc.property(requests('gpt-5'), (request) => {
      const names = toolNames({
        ...request,
        tools: [
          ...request.tools,
          ...NAMES.map((name) => ({ name, description: '', input_schema: {} })),
        ],
      });
      const wire = NAMES.map(names.toWire);
      expect(new Set(wire).size).toBe(NAMES.length);
      for (const name of wire) expect(name).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
      expect(wire.map(names.fromWire)).toEqual(NAMES);
    }),
    { numRuns: 50 },
  );
});

describe('the checkers catch', () => {
  const anthropic = (...messages: readonly object[]) =>
    anthropicProblems({ model: 'm', messages, tools: [{ name: 'weather' }] });
  const hi = { role: 'user', content: [text('Hi')] };
  test.each([
    ['a call without its result', [hi, { role: 'assistant', content: [call('a')] }, hi]],
    ['two turns of one role', [hi, hi]],
    [
      'results that are not first',
      [
        hi,
        { role: 'assistant', content: [call('a')] },
        { role: 'user', content: [text('x'), result('a')] },
      ],
    ],
    ['a prefill', [hi, { role: 'assistant', content: [text('x')] }]],
    ['an empty text', [{ role: 'user', content: [text(' ')] }]],
    ['an image of the assistant', [hi, { role: 'assistant', content: [PIXEL] }, hi]],
    [
      'an illegal id',
      [
        hi,
        { role: 'assistant', content: [call('a.b')] },
        { role: 'user', content: [result('a.b')] },
      ],
    ],
  ])('%s on the Anthropic wire', (_name, messages) => {
    expect(anthropic(...messages)).not.toEqual([]);
  });

  const tool = { role: 'tool', tool_call_id: 'a', content: 'x' };
  const calls = {
    role: 'assistant',
    content: null,
    tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }],
  };
  const ask = { role: 'user', content: 'Hi' };
  test.each([
    ['a result without a call', [ask, tool]],
    ['something between call and result', [ask, calls, ask, tool]],
    ['a call without a result', [ask, calls]],
    ['an empty answer', [{ role: 'assistant', content: null }, ask]],
  ])('%s on the OpenAI wire', (_name, messages) => {
    expect(openaiProblems({ model: 'm', messages })).not.toEqual([]);
  });
});
