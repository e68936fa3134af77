import { expect, test } from 'vitest';
import { plainToolSchema } from '../../../lambdas/inference/turn/tool-schema.ts';
import type { Json } from '../../../lambdas/inference/turn/turn.ts';

const text = { type: 'string' };
const object = (properties: Readonly<Record<string, Json>>, ...required: readonly string[]) => ({
  type: 'object',
  properties,
  ...(required.length === 0 ? {} : { required }),
});

test.each<[string, Readonly<Record<string, Json>>, object]>([
  [
    'choices that are named elsewhere',
    {
      anyOf: [{ $ref: '#/$defs/a' }, { $ref: '#/$defs/b' }],
      $defs: { a: object({ x: text, y: text }, 'x'), b: object({ x: text }, 'x') },
    },
    object({ x: text, y: text }, 'x'),
  ],
  [
    'a member that tells the choices apart',
    { oneOf: [object({ op: { const: 'get' } }, 'op'), object({ op: { const: 'set' } }, 'op')] },
    object({ op: { anyOf: [{ const: 'get' }, { const: 'set' }] } }, 'op'),
  ],
  [
    'choices in parts',
    {
      allOf: [{ anyOf: [object({ a: text }, 'a'), object({ b: text })] }, object({ c: text }, 'c')],
    },
    object({ a: text, b: text, c: text }, 'c'),
  ],
  ['no members at all', { type: 'object', properties: null }, object({})],
  [
    'a list that is none',
    { type: 'object', properties: { a: text }, required: 'a' },
    object({ a: text }),
  ],
  [
    'itself',
    { $ref: '#/$defs/a', $defs: { a: { anyOf: [{ $ref: '#/$defs/a' }, object({ x: text })] } } },
    object({ x: text }),
  ],
])('a schema whose top has %s keeps what it can', (_what, given, expected) => {
  const { schema, problem } = plainToolSchema(given);
  const { $defs: _defs, ...rest } = schema;
  expect(rest).toEqual(expected);
  expect(problem).toMatch(/ at the top of its schema$/);
});

test('a schema that names itself a thousand times is read once', () => {
  const $ref = '#/$defs/a';
  const many = Array.from({ length: 1_000 }, () => ({ $ref }));
  const $defs = { a: { anyOf: many, oneOf: many, allOf: many, ...object({ x: text }, 'x') } };
  expect(plainToolSchema({ $ref, $defs }).schema).toMatchObject(object({ x: text }, 'x'));
});

test('a plain one passes as it is', () => {
  const schema = object({ a: { anyOf: [text, { type: 'null' }] } });
  expect(plainToolSchema(schema)).toEqual({ schema, problem: null });
});
