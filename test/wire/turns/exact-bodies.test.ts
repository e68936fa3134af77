import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exactJson } from '../../../lambdas/inference/wires/exact-json.ts';
import { utf8Text } from '../../../lambdas/shared/utf8.ts';
import { WIRES } from '../../support/all-wires.ts';
import { refusalOf } from '../../support/strict/refuse.ts';
import { assistant, turn, user } from '../../support/turns.ts';

const sent = (name: 'openai-chat' | 'anthropic-messages', text: string, limit: number | null) => {
  const wire = WIRES[name];
  const call = wire.read(Buffer.from(text), 'application/json');
  return utf8Text(wire.rewrite(call, call.model, limit));
};

describe('a number passes as it was written', () => {
  const input = '{"id":1234567890123456789,"x":1e400,"y":1.0,"z":-0,"n":0.1,"e":1E5}';
  const use = `{"type":"tool_use","id":"a","name":"f","input":${input}}`;
  const history = `[{"role":"user","content":"hi"},{"role":"assistant","content":[${use}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":"x"}]}]`;

  test('in a message', () => {
    const text = `{"model":"claude-opus-4-5","max_tokens":9,"messages":${history}}`;
    expect(sent('anthropic-messages', text, null)).toBe(text);
  });

  test('beside a limit that is set', () => {
    const schema = '{"type":"object","properties":{"id":{"maximum":18446744073709551615}}}';
    const tools = `[{"type":"function","function":{"name":"f","parameters":${schema}}}]`;
    const text = `{"model":"gpt-4o-mini","messages":[{"role":"user","content":"hi"}],"tools":${tools}}`;
    expect(sent('openai-chat', text, 7)).toBe(`${text.slice(0, -1)},"max_completion_tokens":7}`);
  });

  test('whichever it is; nothing else is read anew', () => {
    const number = fc.stringMatching(/^-?(0|[1-9]\d{0,20})(\.\d{1,20})?([eE][+-]?\d{1,3})?$/);
    fc.assert(
      fc.property(number, (source) => {
        const text = `{"a":[${source}]}`;
        expect(JSON.stringify(exactJson(text) ?? JSON.parse(text))).toBe(text);
      }),
    );
    expect(exactJson('{"a":[1,-2,0.5,1234],"b":"1e5"}')).toBeNull();
  });

  test('and a name that is said twice is said once, as it was read', () => {
    expect(JSON.stringify(exactJson('{"a":1e400,"a":2,"b":1e400}'))).toBe('{"a":2,"b":1e400}');
  });
});

test.each([
  ['openai-chat', 'gpt-4o-mini', '/chat/completions'],
  ['anthropic-messages', 'claude-opus-4-5', '/v1/messages'],
] as const)('no half of a pair reaches %s, wherever a turn has one', (name, model, path) => {
  const half = 'cut \ud83d';
  const { call } = WIRES[name].turn?.encode({
    ...turn(
      model,
      user(
        { type: 'text', text: half },
        {
          type: 'document',
          title: half,
          source: { type: 'text', media_type: 'text/plain', data: half },
        },
        { type: 'image', source: { type: 'url', url: `https://a.example/${half}` } },
      ),
      assistant(model, { type: 'text', text: half }),
      user({ type: 'text', text: half }),
    ),
    system: half,
    maxTokens: 9,
    tools: [
      {
        name: 'f',
        description: half,
        input_schema: { type: 'object', properties: { [half]: { enum: [half] } } },
      },
    ],
  }) ?? { call: null };
  if (call === null) throw new Error('no turns');
  const text = utf8Text(WIRES[name].rewrite(call, model, null));
  expect(text).not.toMatch(/\\ud[89a-f]/);
  expect(text).toContain('cut \ufffd');
  expect(refusalOf(path, {}, text)).toBeNull();
});
