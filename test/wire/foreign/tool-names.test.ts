import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { FAMILIES, wireOf } from '../../support/foreign/families.ts';
import { speakAt, startForeignRoom, type ForeignRoom } from '../../support/foreign/foreign-room.ts';

let room: ForeignRoom;
beforeAll(async () => void (room = await startForeignRoom({ capNanoUsd: null })));
afterAll(() => room.stop());

const LONG = 'a'.repeat(100);
/** Names that are legal where the caller speaks, and not everywhere: Google allows dots, Anthropic 128 characters. */
const DIALECTS = {
  messages: { wire: 'anthropic-messages', names: [`${LONG}-one`, `${LONG}-two`, 'plain'] },
  gemini: { wire: 'gemini', names: ['weather.get', 'weather:get', 'weather_get', `${LONG}.x`] },
  chat: { wire: 'openai-chat', names: ['weather.get', 'weather_get', `${LONG}-one`] },
} as const;
type Name = keyof typeof DIALECTS;

const CITY = { type: 'object', properties: { city: { type: 'string' } } };
const INPUT = { city: 'Rome' };

/** A first message, or all that was said once every tool was called. */
const bodies: Readonly<
  Record<Name, (model: string, names: readonly string[], isSecond: boolean) => object>
> = {
  chat: (model, names, isSecond) => ({
    model,
    tools: names.map((name) => ({ type: 'function', function: { name, parameters: CITY } })),
    messages: [
      { role: 'user', content: 'hi' },
      ...(isSecond
        ? [
            {
              role: 'assistant',
              tool_calls: names.map((name, index) => ({
                id: `call_${index}`,
                type: 'function',
                function: { name, arguments: JSON.stringify(INPUT) },
              })),
            },
            ...names.map((_name, index) => ({
              role: 'tool',
              tool_call_id: `call_${index}`,
              content: 'sunny',
            })),
          ]
        : []),
    ],
  }),
  messages: (model, names, isSecond) => ({
    model,
    max_tokens: 100,
    tools: names.map((name) => ({ name, input_schema: CITY })),
    messages: [
      { role: 'user', content: 'hi' },
      ...(isSecond
        ? [
            {
              role: 'assistant',
              content: names.map((name, index) => ({
                type: 'tool_use',
                id: `call_${index}`,
                name,
                input: INPUT,
              })),
            },
            {
              role: 'user',
              content: names.map((_name, index) => ({
                type: 'tool_result',
                tool_use_id: `call_${index}`,
                content: 'sunny',
              })),
            },
          ]
        : []),
    ],
  }),
  gemini: (_model, names, isSecond) => ({
    tools: [{ functionDeclarations: names.map((name) => ({ name, parametersJsonSchema: CITY })) }],
    contents: [
      { role: 'user', parts: [{ text: 'hi' }] },
      ...(isSecond
        ? [
            {
              role: 'model',
              parts: names.map((name) => ({ functionCall: { name, args: INPUT } })),
            },
            {
              role: 'user',
              parts: names.map((name) => ({
                functionResponse: { name, response: { output: 'sunny' } },
              })),
            },
          ]
        : []),
    ],
  }),
};
const PATHS: Readonly<Record<Name, (model: string) => string>> = {
  chat: () => '/v1/chat/completions',
  messages: () => '/v1/messages',
  gemini: (model) => `/v1beta/models/${encodeURIComponent(model)}:generateContent`,
};

/** The names under `key` anywhere in a body, in their order. */
const namesUnder = (value: unknown, key: string): readonly string[] => {
  if (Array.isArray(value)) return value.flatMap((item: unknown) => namesUnder(item, key));
  const fields = z.record(z.string(), z.unknown()).safeParse(value).data ?? {};
  return Object.entries(fields).flatMap(([name, inner]) =>
    name === key && typeof inner === 'string' ? [inner] : namesUnder(inner, key),
  );
};
const fieldsOf = (json: string) => z.record(z.string(), z.unknown()).parse(JSON.parse(json));
const offeredIn = (body: Readonly<Record<string, unknown>>): readonly string[] =>
  namesUnder(body['tools'] ?? body['toolConfig'], 'name');
/** What a body says that was called, in whichever words. */
const calledIn = (body: Readonly<Record<string, unknown>>): readonly string[] => {
  const { tools: _tools, toolConfig: _toolConfig, ...said } = body;
  return [...new Set(namesUnder(said, 'name'))];
};

describe.each(['chat', 'messages', 'gemini'] as const)('tools named in %s', (name) => {
  const { wire, names } = DIALECTS[name];

  test.each(FAMILIES.filter((model) => wireOf(model) !== wire))(
    '%s: names that its provider forbids go out as others, no two alike, and come back as they were',
    async (model) => {
      const told: string[][] = [];
      for (const isSecond of [false, true]) {
        room.upstream.script = (json, path) => {
          const offered = offeredIn(fieldsOf(json));
          told.push([...offered]);
          const calls = offered.map((tool, index) => ({
            id: `toolu_${index}`,
            name: tool,
            input: [JSON.stringify(INPUT)],
          }));
          return speakAt({ calls })(json, path);
        };
        const answer = await fetch(`${room.url}${PATHS[name](model)}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(bodies[name](model, names, isSecond)),
        });
        const text = await answer.text();
        expect([answer.status, text]).toEqual([200, expect.any(String)]);
        expect(calledIn(fieldsOf(text))).toEqual(names);
        expect(new Set(told.at(-1)).size).toBe(names.length);
        if (isSecond) expect(calledIn(room.asked())).toEqual(told.at(-1));
      }
      expect(told[1]).toEqual(told[0]);
    },
  );
});
