import { describe, expect, test } from 'vitest';
import { controlProblem } from '../../../lambdas/inference/models/control-problem.ts';
import type { TurnControls, TurnRequest } from '../../../lambdas/inference/turn/turn.ts';
import { encodeMessages } from '../../../lambdas/inference/wires/anthropic-messages/turn-encode.ts';
import { encodeChat } from '../../../lambdas/inference/wires/openai-chat/turn-encode.ts';
import { text, turn, user } from '../../support/turns.ts';

const SCHEMA = { type: 'object', properties: { city: { type: 'string' } } } as const;
const asked = (model: string, controls: TurnControls, isStrict = false): TurnRequest => ({
  ...turn(model, user(text('Hi'))),
  tools: [
    {
      name: 'server/look',
      description: '',
      input_schema: {},
      ...(isStrict ? { strict: true } : {}),
    },
  ],
  controls,
});
const OUTPUT = { type: 'json_schema', name: 'place', schema: SCHEMA, strict: true } as const;
const ALL: TurnControls = {
  toolChoice: { name: 'server/look' },
  parallelToolCalls: false,
  topP: 0.5,
  output: OUTPUT,
  effort: 'low',
};

test('the chat completions wire says every wish in its own words', () => {
  expect(encodeChat(asked('gpt-5', ALL, true)).body).toEqual({
    model: 'gpt-5',
    messages: [{ role: 'user', content: 'Hi' }],
    tool_choice: { type: 'function', function: { name: 'server__look' } },
    parallel_tool_calls: false,
    top_p: 0.5,
    response_format: {
      type: 'json_schema',
      json_schema: { name: 'place', schema: SCHEMA, strict: true },
    },
    reasoning_effort: 'low',
    tools: [
      {
        type: 'function',
        function: {
          name: 'server__look',
          parameters: { type: 'object', properties: {} },
          strict: true,
        },
      },
    ],
  });
});

test('the messages wire says every wish in its own words', () => {
  expect(encodeMessages(asked('claude-opus-5', ALL, true)).body).toEqual({
    model: 'claude-opus-5',
    messages: [{ role: 'user', content: [text('Hi')] }],
    tool_choice: { type: 'tool', name: 'server__look', disable_parallel_tool_use: true },
    top_p: 0.5,
    output_config: { effort: 'low', format: { type: 'json_schema', schema: SCHEMA } },
    tools: [{ name: 'server__look', input_schema: { type: 'object' }, strict: true }],
  });
});

test('a model that never calls in parallel is not asked about it', () => {
  const { body } = encodeChat(asked('o3', { parallelToolCalls: false, toolChoice: 'auto' }));
  expect(Object.keys(body).toSorted()).toEqual(['messages', 'model', 'tool_choice', 'tools']);
});

test.each(['auto', 'none', 'required'] as const)('a choice of tools: %s', (toolChoice) => {
  const words = { auto: 'auto', none: 'none', required: 'any' }[toolChoice];
  expect(encodeChat(asked('gpt-4o', { toolChoice })).body['tool_choice']).toBe(toolChoice);
  expect(encodeMessages(asked('claude-opus-5', { toolChoice })).body['tool_choice']).toEqual({
    type: words,
  });
});

test('a turn that wishes nothing says nothing of it, and a choice without tools is none', () => {
  const plain = { ...asked('gpt-4o', {}), tools: [] };
  for (const encode of [encodeChat, encodeMessages]) {
    const { body } = encode({ ...plain, controls: { toolChoice: 'auto' } });
    expect(body).toEqual(encode(plain).body);
    expect(Object.keys(body)).not.toContain('tool_choice');
  }
});

describe('a wish that the provider would refuse is named', () => {
  test.each([
    ['gpt-5', { temperature: 0.5 }, {}, 'temperature'],
    ['claude-sonnet-4-5', { temperature: 1.5 }, {}, 'temperature'],
    ['gpt-5', {}, { topP: 0.5 }, 'topP'],
    ['claude-sonnet-4-5', { temperature: 0.5 }, { topP: 0.5 }, 'topP'],
    ['gpt-4o', {}, { effort: 'low' }, 'effort'],
    ['claude-opus-5', {}, { effort: 'minimal' }, 'effort'],
    ['claude-opus-5', {}, { output: { type: 'json_object' } }, 'output'],
    ['deepseek-v4-pro', {}, { output: OUTPUT }, 'output'],
    ['gpt-5', {}, { effort: 'minimal', output: OUTPUT }, null],
    ['gpt-4o', { temperature: 2 }, { topP: 0.5, output: { type: 'json_object' } }, null],
  ] as const)('%s %j %j: %s', (model, fields, controls, control) => {
    const problem = controlProblem({ ...asked(model, {}), ...fields, controls });
    expect(problem?.control ?? null).toBe(control);
  });

  test('a strict tool of a model that keeps to no schema', () => {
    expect(controlProblem(asked('deepseek-v4-pro', {}, true))?.control).toBe('strict');
    expect(controlProblem(asked('claude-opus-5', {}, true))).toBeNull();
  });
});
