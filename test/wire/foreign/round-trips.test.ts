import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { foreignCall } from '../../../lambdas/inference/calls/foreign-call.ts';
import { messagesDialect } from '../../../lambdas/inference/dialects/anthropic-messages/dialect.ts';
import { chatDialect } from '../../../lambdas/inference/dialects/openai-chat/dialect.ts';
import { encodeMessages } from '../../../lambdas/inference/wires/anthropic-messages/turn-encode.ts';
import { encodeChat } from '../../../lambdas/inference/wires/openai-chat/turn-encode.ts';
import { AppError } from '../../../lambdas/shared/app-error.ts';
import { engineRoom } from '../../support/engine-room.ts';
import { askedCall, untouched } from '../../support/foreign/asked-call.ts';
import { ROUTES } from '../../support/foreign/foreign-room.ts';
import { samplesOf } from '../../support/foreign/schema-paths.ts';
import { contractOf, type ContractName } from '../../support/strict/contract.ts';
import { refusalOf } from '../../support/strict/refuse.ts';

const RUNS = 150;
const words = fc.string({ minLength: 1, maxLength: 12 }).map((text) => `w${text.toWellFormed()}`);
const name = fc.stringMatching(/^[a-z]{1,8}$/);
const input = fc.dictionary(name, fc.oneof(words, fc.integer(), fc.boolean()), { maxKeys: 3 });
const schema = fc.record({
  type: fc.constant('object'),
  properties: fc.dictionary(name, fc.constant({ type: 'string' }), { maxKeys: 3 }),
});
const url = name.map((word) => `https://images.example/${word}.png`);

interface Said {
  readonly user: string;
  readonly image: string | null;
  readonly answer: string | null;
  readonly calls: readonly {
    readonly name: string;
    readonly input: object;
    readonly result: string;
  }[];
}
const said: fc.Arbitrary<Said> = fc
  .record({
    user: words,
    image: fc.option(url),
    answer: fc.option(words),
    calls: fc.array(fc.record({ name, input, result: words }), { maxLength: 3 }),
  })
  .filter(({ answer, calls }) => answer !== null || calls.length > 0);
const history = fc.array(said, { maxLength: 4 });
const tools = fc.uniqueArray(fc.record({ name, description: words, schema }), {
  selector: (tool) => tool.name,
  maxLength: 3,
});

const idOf = (turn: number, call: number): string => `call_${turn}_${call}`;

/** A conversation as chat completions have it; the last word is the user's. */
const chatMessages = (turns: readonly Said[]): readonly object[] => [
  ...turns.flatMap(({ user, image, answer, calls }, turn) => [
    {
      role: 'user',
      content:
        image === null
          ? user
          : [
              { type: 'text', text: user },
              { type: 'image_url', image_url: { url: image } },
            ],
    },
    {
      role: 'assistant',
      content: answer,
      ...(calls.length === 0
        ? {}
        : {
            tool_calls: calls.map((call, at) => ({
              id: idOf(turn, at),
              type: 'function',
              function: { name: call.name, arguments: JSON.stringify(call.input) },
            })),
          }),
    },
    ...calls.map(({ result }, at) => ({
      role: 'tool',
      tool_call_id: idOf(turn, at),
      content: result,
    })),
  ]),
  { role: 'user', content: 'so' },
];

/** The same as messages have it: results and what is said after them are one message. */
const messagesOf = (turns: readonly Said[]): readonly object[] => {
  let results: readonly object[] = [];
  const messages: object[] = [];
  for (const [turn, { user, image, answer, calls }] of turns.entries()) {
    const shown = image === null ? [] : [{ type: 'image', source: { type: 'url', url: image } }];
    messages.push(
      { role: 'user', content: [...results, { type: 'text', text: user }, ...shown] },
      {
        role: 'assistant',
        content: [
          ...(answer === null ? [] : [{ type: 'text', text: answer }]),
          ...calls.map((call, at) => ({
            type: 'tool_use',
            id: idOf(turn, at),
            name: call.name,
            input: call.input,
          })),
        ],
      },
    );
    results = calls.map(({ result }, at) => ({
      type: 'tool_result',
      tool_use_id: idOf(turn, at),
      content: result,
    }));
  }
  return [...messages, { role: 'user', content: [...results, { type: 'text', text: 'so' }] }];
};

describe('what both sides know stays as it is', () => {
  test('chat completions, to a turn and back', () => {
    const controls = fc.record(
      {
        temperature: fc.constantFrom(0, 0.5, 2),
        top_p: fc.constantFrom(0.1, 0.9),
        stop: fc.array(words, { minLength: 1, maxLength: 4 }),
        seed: fc.integer(),
        presence_penalty: fc.constantFrom(-1, 0.5),
        frequency_penalty: fc.constantFrom(-1, 0.5),
        parallel_tool_calls: fc.boolean(),
        tool_choice: fc.constantFrom('auto', 'none', 'required'),
        service_tier: fc.constantFrom('auto', 'default'),
        safety_identifier: name,
        response_format: fc.constantFrom(
          { type: 'json_object' },
          { type: 'json_schema', json_schema: { name: 'a', schema: { type: 'object' } } },
        ),
        max_completion_tokens: fc.integer({ min: 1, max: 4_000 }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(history, tools, controls, (turns, offered, wished) => {
        const { tool_choice, parallel_tool_calls, ...others } = wished;
        const hasTools = offered.length > 0;
        const body = {
          model: 'gpt-4o',
          messages: chatMessages(turns),
          ...others,
          ...(hasTools
            ? {
                ...(tool_choice === undefined ? {} : { tool_choice }),
                ...(parallel_tool_calls === undefined ? {} : { parallel_tool_calls }),
                tools: offered.map((tool) => ({
                  type: 'function',
                  function: {
                    name: tool.name,
                    description: tool.description,
                    parameters: tool.schema,
                  },
                })),
              }
            : {}),
        };
        const { request, emulated } = chatDialect.read(askedCall(body));
        expect(emulated).toEqual([]);
        expect(encodeChat(request).body).toEqual(body);
      }),
      { numRuns: RUNS },
    );
  });

  test('messages, to a turn and back', () => {
    const controls = fc
      .record(
        {
          temperature: fc.constantFrom(0, 0.5),
          top_k: fc.integer({ min: 1, max: 50 }),
          stop_sequences: fc.array(words, { minLength: 1 }),
          system: words,
          metadata: fc.record({ user_id: name }),
          service_tier: fc.constantFrom('auto', 'standard_only'),
          thinking: fc.constantFrom(
            { type: 'disabled' },
            { type: 'enabled', budget_tokens: 2_000 },
          ),
          cache_control: fc.constant({ type: 'ephemeral' }),
        },
        { requiredKeys: [] },
      )
      // A model of theirs thinks, or samples as it is told.
      .filter(
        ({ thinking, temperature, top_k }) =>
          thinking?.type !== 'enabled' || (temperature === undefined && top_k === undefined),
      );
    fc.assert(
      fc.property(history, tools, controls, (turns, offered, { system, ...wished }) => {
        const body = {
          model: 'claude-sonnet-4-5',
          max_tokens: 4_000,
          messages: messagesOf(turns),
          ...wished,
          ...(offered.length === 0
            ? {}
            : {
                tools: offered.map((tool) => ({
                  name: tool.name,
                  description: tool.description,
                  input_schema: tool.schema,
                })),
              }),
        };
        const { request, emulated } = messagesDialect.read(
          askedCall({ ...body, ...(system === undefined ? {} : { system }) }),
        );
        expect(emulated).toEqual([]);
        const { tools: told, tool_choice: _choice, ...others } = encodeMessages(request).body;
        // A history with calls wants tools to be defined.
        const isOffered = offered.length > 0;
        expect({ ...others, ...(isOffered ? { tools: told } : {}) }).toEqual({
          ...body,
          ...(system === undefined ? {} : { system: [{ type: 'text', text: system }] }),
        });
      }),
      { numRuns: RUNS },
    );
  });
});

const CASES: readonly (readonly [
  route: string,
  contract: ContractName,
  models: readonly string[],
])[] = [
  [
    '/v1/chat/completions',
    'openai-chat',
    ['claude-sonnet-4-5', 'claude-opus-5', 'gemini-2.5-flash'],
  ],
  [
    '/v1/messages',
    'anthropic-messages-beta',
    ['gpt-4o-mini', 'gpt-5-mini', 'deepseek-v4-flash', 'o3'],
  ],
];

describe.each(CASES)('any fields of %s at once', (path, contract, models) => {
  const { deps } = engineRoom('http://127.0.0.1:9');
  const samples = samplesOf(contractOf(contract)).filter(
    (sample) => !sample.path.startsWith('messages'),
  );
  const route = ROUTES[path];

  test('are a body that its provider takes, or a 400 that names one of them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...models),
        fc.uniqueArray(fc.constantFrom(...samples), {
          minLength: 2,
          maxLength: 6,
          selector: (sample) => sample.path.split('.')[0],
        }),
        async (model, chosen) => {
          if (route === undefined) throw new Error(path);
          const fields = chosen.map(({ value }) => value);
          const body: Record<string, unknown> = Object.assign({}, ...fields, {
            model,
            messages: [{ role: 'user', content: 'hi' }],
          });
          const told = await foreignCall(
            { ...deps, ...untouched },
            route.dialect,
            askedCall(body),
          ).catch((error: unknown) => error);
          if (told instanceof AppError) {
            expect(told.status).toBe(400);
            expect(String(told.facts['param']).split('.')[0]).toBeOneOf(Object.keys(body));
            return;
          }
          if (told instanceof Error) throw told;
          const { spoken } = await foreignCall(
            { ...deps, ...untouched },
            route.dialect,
            askedCall(body),
          );
          const { wire, route: to, call, account } = spoken;
          const limit = call.maxTokens === null ? 4_096 : null;
          const asked = wire.endpoint(account, { model: to.model, isStream: true, headers: {} });
          const text = Buffer.from(wire.rewrite(call, to.model, limit)).toString('utf8');
          expect(refusalOf(asked.path, {}, text)).toBeNull();
        },
      ),
      { numRuns: RUNS * 2 },
    );
  });
});
