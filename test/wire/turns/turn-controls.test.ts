import { describe, expect, test } from 'vitest';
import { controlProblem } from '../../../lambdas/inference/models/control-problem.ts';
import type { TurnControls, TurnRequest } from '../../../lambdas/inference/turn/turn.ts';
import { holdTurn } from '../../../lambdas/inference/calls/hold-turn.ts';
import { MESSAGES_CONTROLS } from '../../../lambdas/inference/wires/anthropic-messages/controls.ts';
import { encodeMessages } from '../../../lambdas/inference/wires/anthropic-messages/turn-encode.ts';
import { NAMES } from '../../../lambdas/inference/wires/control-rules.ts';
import { GEMINI_CONTROLS } from '../../../lambdas/inference/wires/gemini/controls.ts';
import { CHAT_CONTROLS } from '../../../lambdas/inference/wires/openai-chat/controls.ts';
import { encodeChat } from '../../../lambdas/inference/wires/openai-chat/turn-encode.ts';
import { engineRoom } from '../../support/engine-room.ts';
import { KEY_ID } from '../../support/key-items.ts';
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
    output_config: {
      effort: 'low',
      // It keeps to objects alone that name all their members.
      format: { type: 'json_schema', schema: { ...SCHEMA, additionalProperties: false } },
    },
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

const MARK = { type: 'ephemeral' } as const;
const BUDGET = { type: 'enabled', budgetTokens: 5_000 } as const;

describe('a wish is said, said in another way, or refused, never left out', () => {
  test.each([
    ['gpt-4o', { stopSequences: ['END'] }, { stop: ['END'] }, 'emulated'],
    ['gpt-4o', { stopSequences: [] }, {}, 'said'],
    ['gpt-5', { stopSequences: [] }, {}, 'said'],
    ['gpt-4o', { stopSequences: ['1', '2', '3', '4', '5'] }, {}, 'refused'],
    ['gpt-5', { stopSequences: ['END'] }, {}, 'refused'],
    ['gpt-4o', { topK: 5 }, {}, 'refused'],
    ['custom/open', { topK: 5 }, { top_k: 5 }, 'said'],
    ['gpt-4o', { seed: 7 }, { seed: 7 }, 'said'],
    ['deepseek-v4-pro', { seed: 7 }, {}, 'refused'],
    ['gpt-4o', { presencePenalty: 1 }, { presence_penalty: 1 }, 'said'],
    ['gpt-5', { presencePenalty: 1 }, {}, 'refused'],
    ['gpt-5', { frequencyPenalty: 0 }, {}, 'said'],
    ['gpt-4o', { endUser: 'ann' }, { safety_identifier: 'ann' }, 'said'],
    ['deepseek-v4-pro', { endUser: 'ann' }, { user: 'ann' }, 'said'],
    ['gpt-4o', { serviceTier: 'default' }, { service_tier: 'default' }, 'said'],
    ['gpt-4o', { cache: MARK }, {}, 'emulated'],
    ['gpt-4o', { thinking: { type: 'disabled' } }, {}, 'said'],
    ['gpt-4o', { thinking: BUDGET }, {}, 'refused'],
    ['gpt-5', { thinking: BUDGET }, { reasoning_effort: 'medium' }, 'emulated'],
    ['gpt-5', { thinking: { type: 'disabled' } }, { reasoning_effort: 'none' }, 'said'],
    [
      'deepseek-v4-pro',
      { thinking: { type: 'disabled' } },
      { thinking: { type: 'disabled' } },
      'said',
    ],
    ['claude-sonnet-4-5', { stopSequences: ['END'] }, { stop_sequences: ['END'] }, 'said'],
    ['claude-sonnet-4-5', { stopSequences: ['\n'] }, {}, 'refused'],
    ['claude-sonnet-4-5', { topK: 5 }, { top_k: 5 }, 'said'],
    ['claude-opus-5', { topK: 5 }, {}, 'refused'],
    ['claude-opus-5', { seed: 7 }, {}, 'refused'],
    ['claude-opus-5', { frequencyPenalty: 1 }, {}, 'refused'],
    ['claude-opus-5', { presencePenalty: 0 }, {}, 'said'],
    ['claude-opus-5', { endUser: 'ann' }, { metadata: { user_id: 'ann' } }, 'said'],
    ['claude-opus-5', { serviceTier: 'default' }, { service_tier: 'standard_only' }, 'said'],
    ['claude-opus-5', { cache: MARK }, { cache_control: MARK }, 'said'],
    ['claude-opus-5', { verbosity: 'low' }, {}, 'refused'],
    [
      'claude-opus-5',
      { thinking: { type: 'adaptive' } },
      { thinking: { type: 'adaptive', display: 'summarized' } },
      'said',
    ],
    [
      'claude-opus-5',
      { thinking: BUDGET },
      {
        thinking: { type: 'adaptive', display: 'summarized' },
        output_config: { effort: 'medium' },
      },
      'emulated',
    ],
    [
      'claude-opus-4-6',
      { thinking: BUDGET },
      { thinking: { type: 'enabled', budget_tokens: 5_000 } },
      'said',
    ],
    [
      'claude-sonnet-4-5',
      { thinking: BUDGET },
      { thinking: { type: 'enabled', budget_tokens: 5_000 } },
      'said',
    ],
    [
      'claude-sonnet-4-5',
      { thinking: { type: 'adaptive' } },
      { thinking: { type: 'enabled', budget_tokens: 8_192 } },
      'emulated',
    ],
    ['claude-sonnet-4-5', { thinking: BUDGET, toolChoice: 'required' }, {}, 'refused'],
    ['claude-sonnet-4-5', { thinking: BUDGET, topP: 0.5 }, { top_p: 0.5 }, 'refused'],
  ] as const)('%s %j', (model, controls, fields, outcome) => {
    const [name = ''] = Object.keys(controls);
    const encode = model.startsWith('claude') ? encodeMessages : encodeChat;
    const { body, emulated, refused } = encode(asked(model, controls));
    const {
      model: _model,
      messages: _messages,
      tools: _tools,
      tool_choice: _choice,
      ...said
    } = body;
    expect(said).toEqual(fields);
    const told = refused.map(({ control }) => control);
    expect([emulated, told]).toEqual([
      outcome === 'emulated' ? [name] : [],
      outcome === 'refused' ? [name] : [],
    ]);
  });

  test('every wire decides on every wish', () => {
    for (const rules of [CHAT_CONTROLS, GEMINI_CONTROLS, MESSAGES_CONTROLS])
      expect(Object.keys(rules).toSorted()).toEqual(NAMES.toSorted());
  });

  test('a turn with a wish that its wire has no words for asks nobody', async () => {
    const room = engineRoom('http://127.0.0.1:9');
    const request = asked('claude-opus-5', { seed: 7 });
    const credential = { keyId: KEY_ID, secretHash: 'hash' };
    const input = { credential, requestId: 'r', holdId: 'h', feature: null, deadlineMs: 1 };
    await expect(holdTurn(room.deps, { ...input, request })).rejects.toMatchObject({
      code: 'invalid_request',
      facts: { param: 'seed' },
    });
  });
});
