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

test('a member that parts say in two places is what both say', () => {
  const given = {
    type: 'object',
    allOf: [{ properties: { a: { type: 'string' } } }, { properties: { a: { enum: ['x'] } } }],
    properties: { a: { description: 'An x.' } },
  };
  expect(plainToolSchema(given).schema).toEqual({
    type: 'object',
    properties: { a: { type: 'string', enum: ['x'], description: 'An x.' } },
  });
});

test('a branch that is no object takes nothing from what the others require', () => {
  const given = {
    anyOf: [{ type: 'object', properties: { a: {} }, required: ['a'] }, { type: 'null' }],
  };
  expect(plainToolSchema(given).schema).toMatchObject({ required: ['a'] });
});

test('choices of choices that name each other do not double in depth', () => {
  const levels = 16;
  const next = (level: number) => ({ $ref: `#/$defs/d${level + 1}` });
  const level = (at: number) => ({
    anyOf: [next(at), { anyOf: [next(at), { properties: { a: { const: at } } }] }],
  });
  const given = {
    $defs: Object.fromEntries([
      ...Array.from({ length: levels }, (_, at) => [`d${at}`, level(at)] as const),
      [`d${levels}`, { properties: { a: { const: 'end' } } }],
    ]),
    anyOf: [{ $ref: '#/$defs/d0' }],
  };
  const written = JSON.stringify(plainToolSchema(given).schema['properties']);
  expect(written.length).toBeLessThan(JSON.stringify(given).length);
});

test('what is named in a part that is left out is named among the definitions', () => {
  const node = object({ next: { $ref: '#/anyOf/0/properties/node' }, of: { $ref: '#/$defs/a' } });
  const { schema } = plainToolSchema({
    anyOf: [object({ node }), object({ other: { $ref: '#/anyOf/0' }, x: { $ref: '#/anyOf/9' } })],
    $defs: { a: text },
  });
  const moved = { $ref: '#/$defs/anyOf.0.properties.node' };
  const kept = object({ next: moved, of: { $ref: '#/$defs/a' } });
  expect(schema).toEqual({
    ...object({ node: kept, other: { $ref: '#/$defs/anyOf.0' }, x: { $ref: '#/$defs/anyOf.9' } }),
    $defs: {
      a: text,
      'anyOf.0': object({ node: kept }),
      'anyOf.0.properties.node': kept,
      'anyOf.9': {},
    },
  });
});
