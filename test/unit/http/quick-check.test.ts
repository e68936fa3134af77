import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { checked, isRecord } from '../../../lambdas/http/body.ts';
import { guardOf, quickCheck } from '../../../lambdas/http/quick-check.ts';
import { messageParam } from '../../../lambdas/inference/dialects/anthropic-messages/messages.ts';
import {
  messagesTool,
  messagesToolChoice,
} from '../../../lambdas/inference/dialects/anthropic-messages/tools.ts';
import { content } from '../../../lambdas/inference/dialects/gemini/contents.ts';
import { geminiTool, geminiToolConfig } from '../../../lambdas/inference/dialects/gemini/tools.ts';
import { chatMessage } from '../../../lambdas/inference/dialects/openai-chat/messages.ts';
import { chatTool, chatToolChoice } from '../../../lambdas/inference/dialects/openai-chat/tools.ts';
import { AppError } from '../../../lambdas/shared/app-error.ts';
import { samplesOf } from '../../support/foreign/schema-paths.ts';

const DIALECTS: readonly (readonly [name: string, schema: z.ZodType])[] = [
  ['a message of chat completions', chatMessage],
  ['a tool of chat completions', chatTool],
  ['a choice of chat completions', chatToolChoice],
  ['a message of messages', messageParam],
  ['a tool of messages', messagesTool],
  ['a choice of messages', messagesToolChoice],
  ['a content of Gemini', content],
  ['a tool of Gemini', geminiTool],
  ['a choice of Gemini', geminiToolConfig],
];

const name = z.string().min(2).max(3);
/** Every kind of schema that this is ever asked about, and kinds that it leaves to the schema. */
const KINDS: Readonly<Record<string, z.ZodType>> = {
  strict: z.strictObject({ a: z.string(), b: z.boolean().optional(), c: z.null() }),
  loose: z.looseObject({ a: z.string(), b: z.number().nullish() }),
  stripping: z.object({ a: z.string() }),
  'refined object': z.strictObject({ a: z.string() }).refine(({ a }) => a !== 'a'),
  'any member': z.strictObject({ a: z.any(), b: z.unknown() }),
  'default member': z.strictObject({ a: z.string().default('b') }),
  'optional default': z.strictObject({ a: z.string().default('b').optional() }),
  'exact optional': z.strictObject({ a: z.string().exactOptional() }),
  'prefault member': z.strictObject({ a: z.string().prefault('b') }),
  caught: z.strictObject({ a: z.string().catch('b') }),
  words: name,
  trimmed: z.string().trim(),
  pattern: z.string().regex(/^a/),
  lowered: z.strictObject({ a: z.string().toLowerCase() }),
  changed: z.strictObject({ a: z.string().transform((word) => `${word}!`) }),
  coerced: z.coerce.string(),
  number: z.number().min(0).max(2),
  whole: z.int().min(1),
  list: z.array(z.string()).min(1).max(2),
  'refined list': z.array(z.any()).refine((list) => list.length !== 2),
  'list by its items': z
    .array(z.looseObject({}))
    .refine((list) => list.every((item) => 'a' in item)),
  'changed list': z.array(z.string()).transform((list) => list.toReversed()),
  record: z.record(z.string(), z.any()),
  'record of words': z.record(z.string(), z.string()),
  'record of short names': z.record(name, z.any()),
  'record of known names': z.record(z.enum(['a', 'b']), z.any()),
  'record of nothing': z.record(z.string(), z.never()),
  enum: z.enum(['a', 'b', 'proto']),
  literals: z.literal(['a', 1, null]),
  union: z.union([z.string(), z.array(z.string()), z.strictObject({ a: z.any() })]),
  'union of one that leaves out': z.union([
    z.object({ a: z.string() }),
    z.looseObject({ a: z.string() }),
  ]),
  'refined union': z.union([z.string(), z.null()]).refine((value) => value !== 'a'),
  nullable: z.strictObject({ a: z.string() }).nullable(),
  choice: z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('a'), a: z.string() }),
    z.strictObject({ type: z.enum(['b', 'c']), b: z.array(z.string()).nullish() }),
    z.looseObject({ type: z.null() }),
  ]),
  'choice of choices': z.discriminatedUnion('type', [
    z.discriminatedUnion('type', [
      z.strictObject({ type: z.literal('a') }),
      z.strictObject({ type: z.literal('b') }),
    ]),
    z.strictObject({ type: z.literal('c'), c: z.boolean() }),
  ]),
  both: z.intersection(z.looseObject({ a: z.string() }), z.looseObject({ b: z.any() })),
  pair: z.tuple([z.string(), z.number()]),
  later: z.lazy(() => z.strictObject({ a: z.string() })),
};

const word = fc.constantFrom('a', 'b', 'c', 'type', '__proto__', 'constructor', ' a ', 'A', '');
type Member = readonly [name: string, value: unknown];

/** As a parser makes it: an own member of any name, and none without a value. */
const objectOf = (members: readonly Member[]): unknown => {
  const texts = members
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
  return JSON.parse(`{${texts.join(',')}}`);
};

const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 3 },
    word,
    fc.constantFrom(0, 1, 2, 1.5, -1, true, false, null),
    fc.array(tie('json'), { maxLength: 3 }),
    fc.array(fc.tuple(word, tie('json')), { maxLength: 4 }).map(objectOf),
  ),
}));

/** The look never says yes to what the schema refuses or changes. Returns whether it says yes. */
const looked = (schema: z.ZodType, value: unknown): boolean => {
  if (!guardOf(schema)(value)) return false;
  const text = JSON.stringify(value);
  const read = schema.safeParse(value);
  expect(read.success, text).toBe(true);
  expect(JSON.stringify(value)).toBe(text);
  // Members in any order are one object.
  expect(read.data).toStrictEqual(value);
  return true;
};

/** The same value with another in one place, with a member less there, or with one too many. */
const spoilt = (value: unknown, steps: readonly number[], other: unknown): unknown => {
  const [step, ...rest] = steps;
  if (step === undefined) return other;
  if (Array.isArray(value) && value.length > 0) {
    const at = step % value.length;
    return value.map((item: unknown, index) => (index === at ? spoilt(item, rest, other) : item));
  }
  if (!isRecord(value)) return other;
  const members = Object.entries(value);
  const at = step % (members.length + 1);
  if (at === members.length) return objectOf([...members, ['spoilt', other]]);
  return objectOf(
    members.map(([key, item], index) => [key, index === at ? spoilt(item, rest, other) : item]),
  );
};

describe('the quick look at a body', () => {
  test.each(Object.entries(KINDS))(
    'accepts of the kind %s what its schema does',
    (_name, schema) => {
      fc.assert(
        fc.property(json, (value) => void looked(schema, value)),
        { numRuns: 300 },
      );
    },
  );

  test.each(DIALECTS)(
    'accepts %s as its schema does, however one place of it is spoilt',
    (_name, schema) => {
      const samples = samplesOf(
        recordIn(z.toJSONSchema(schema, { unrepresentable: 'any', io: 'input' })),
      );
      const places = fc.array(fc.nat(7), { maxLength: 5 });
      const others = fc.oneof(json, fc.constant(undefined));
      fc.assert(
        fc.property(fc.constantFrom(...samples), places, others, ({ value }, steps, other) => {
          looked(schema, spoilt(value, steps, other));
        }),
        { numRuns: 500 },
      );
    },
  );

  test.each(DIALECTS)('knows of %s whatever its schema accepts', (_name, schema) => {
    const samples = samplesOf(
      recordIn(z.toJSONSchema(schema, { unrepresentable: 'any', io: 'input' })),
    );
    const accepted = samples.filter(({ value }) => schema.safeParse(value).success);
    const unknown = accepted.filter(({ value }) => !looked(schema, value));
    expect(accepted.length).toBeGreaterThan(1);
    expect(unknown).toEqual([]);
  });
});

const recordIn = (value: unknown): Readonly<Record<string, unknown>> => {
  if (!isRecord(value)) throw new Error('no object');
  return value;
};

const refusalIn = (read: () => unknown): unknown => {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { code: error.code, message: error.publicMessage, facts: error.facts };
  }
};

test.each(DIALECTS)(
  'what is refused of %s is refused in the words of its schema',
  (_name, schema) => {
    const quick = quickCheck(schema);
    fc.assert(
      fc.property(json, (value) => {
        expect(refusalIn(() => quick(value))).toEqual(refusalIn(() => checked(schema, value)));
      }),
      { numRuns: 100 },
    );
  },
);

test('a value that fits is not copied', () => {
  const message = { role: 'user', content: [{ type: 'text', text: 'a' }] };
  expect(quickCheck(chatMessage)(message)).toBe(message);
});

test.each([z.looseObject({}), z.record(z.string(), z.any())])(
  'a name that reading drops is left to the schema',
  (schema) => {
    expect(guardOf(schema)(JSON.parse('{"a":1}'))).toBe(true);
    expect(guardOf(schema)(JSON.parse('{"__proto__":1}'))).toBe(false);
  },
);
