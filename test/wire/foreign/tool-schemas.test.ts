import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { FAMILIES, wireOf } from '../../support/foreign/families.ts';
import { startForeignRoom, type ForeignRoom } from '../../support/foreign/foreign-room.ts';

/** Schemas of tools that some provider forbids, to every family on a real socket, in each dialect that is not its own. */
let room: ForeignRoom;
beforeAll(async () => void (room = await startForeignRoom({ capNanoUsd: null })));
afterAll(() => room.stop());

const CITY = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
const STREET = { type: 'object', properties: { street: { type: 'string' } }, required: ['street'] };
const SCHEMAS: Readonly<Record<string, object>> = {
  'a choice at its top': { anyOf: [CITY, STREET] },
  'one of several at its top': { oneOf: [CITY, STREET] },
  'parts at its top': { allOf: [CITY, STREET] },
  'a reference at its top': { $ref: '#/$defs/place', $defs: { place: CITY } },
  'no type': { properties: CITY.properties },
  'several types': { type: ['object', 'null'], properties: CITY.properties },
  nothing: {},
};
const INPUT = { city: 'Rome' };

const DIALECTS = {
  chat: {
    path: '/v1/chat/completions',
    wire: 'openai-chat',
    body: (parameters: object) => ({
      tools: [{ type: 'function', function: { name: 'weather', parameters } }],
    }),
  },
  messages: {
    path: '/v1/messages',
    wire: 'anthropic-messages',
    body: (input_schema: object) => ({ tools: [{ name: 'weather', input_schema }] }),
  },
} as const;
const NAMES = ['chat', 'messages'] as const;

/** The schema of the only tool, wherever a wire has it. */
const schemaOf = (body: unknown): Readonly<Record<string, unknown>> => {
  const keys = new Set(['parameters', 'parametersJsonSchema', 'input_schema', 'json']);
  const found: unknown[] = [];
  JSON.stringify(body, (key, value: unknown) => {
    if (keys.has(key)) found.push(value);
    return value;
  });
  return z.record(z.string(), z.unknown()).parse(found[0]);
};

describe.each(NAMES)('tools in %s', (name) => {
  const { path, wire, body } = DIALECTS[name];

  test.each(FAMILIES.filter((model) => wireOf(model) !== wire))(
    '%s is sent what its provider takes, its call comes back, and what is lost is said',
    async (model) => {
      for (const [what, schema] of Object.entries(SCHEMAS)) {
        room.say({
          calls: [{ id: 'call_1', name: 'weather', input: [JSON.stringify(INPUT)] }],
        });
        const answer = await fetch(`${room.url}${path}`, {
          method: 'POST',
          headers: { authorization: 'Bearer k' },
          body: JSON.stringify({
            model,
            max_tokens: 100,
            messages: [{ role: 'user', content: 'hi' }],
            ...body(schema),
          }),
        });
        const text = await answer.text();
        expect([what, answer.status, text]).toEqual([what, 200, expect.stringContaining('Rome')]);
        const emulated = answer.headers.get('x-sluice-emulated') ?? '';
        expect([what, emulated.startsWith('tools.')]).toEqual([what, what.endsWith('at its top')]);
        const sent = schemaOf(room.asked());
        expect([what, sent['type']]).toEqual([what, 'object']);
        for (const word of ['anyOf', 'oneOf', 'allOf', '$ref'])
          expect([what, word, Object.hasOwn(sent, word)]).toEqual([what, word, false]);
      }
    },
  );
});
