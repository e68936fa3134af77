import Anthropic from '@anthropic-ai/sdk';
import * as fc from 'fast-check';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { smallestOf } from '../../../local/providers/smallest.ts';
import { startSimulatedProviders } from '../../../local/providers/simulated-providers.ts';
import { toolInput } from '../../../local/providers/tool-input.ts';

const place = z.object({
  city: z.string(),
  zip: z.string().regex(/^\d{5}$/),
  country: z.string().length(2),
  kind: z.enum(['town', 'village']),
  people: z.int().min(1),
  share: z.number().gt(0).lt(1),
  seen: z.iso.datetime(),
  note: z.string().nullable(),
  near: z.array(z.object({ city: z.string(), km: z.number().multipleOf(5).min(3) })).min(2),
  at: z.union([z.literal('sea'), z.object({ height: z.number() })]),
  more: z.string().optional(),
});

describe('the smallest value of a schema', () => {
  test('keeps to it', () => {
    const smallest = smallestOf(z.toJSONSchema(place));
    expect(place.parse(smallest)).toEqual({
      city: '',
      zip: '00000',
      country: 'aa',
      kind: 'town',
      people: 1,
      share: 0.5,
      seen: '2026-01-01T00:00:00Z',
      note: null,
      near: [
        { city: '', km: 5 },
        { city: '', km: 5 },
      ],
      at: 'sea',
    });
  });

  test.each<[object, unknown]>([
    [{}, null],
    [{ type: ['string', 'null'] }, null],
    [{ properties: { a: {} }, required: ['a'] }, { a: null }],
    [{ allOf: [{ properties: { a: { const: 1 } } }, { required: ['a'] }] }, { a: 1 }],
    [{ $ref: '#/$defs/a~1b', $defs: { 'a/b': { type: 'boolean' } } }, false],
    [{ $ref: '#/$defs/loop', $defs: { loop: { $ref: '#/$defs/loop' } } }, null],
    [{ type: 'array', prefixItems: [{ const: 1 }, { const: 2 }] }, [1, 2]],
    [{ type: 'array', minItems: 3, uniqueItems: true, items: { type: 'string' } }, ['', 'a', 'aa']],
    [{ type: 'array', minItems: 2, uniqueItems: true, items: { type: 'integer' } }, [0, 1]],
    [{ type: 'array', minItems: 2, uniqueItems: true, items: { enum: ['a', 'b'] } }, ['a', 'b']],
    [{ type: 'array', minItems: 2, uniqueItems: true, items: { type: 'boolean' } }, [false, true]],
    [{ type: 'integer', exclusiveMinimum: 4, maximum: 9 }, 5],
    [{ type: 'number', exclusiveMaximum: 0 }, -1],
    [{ type: 'string', pattern: '(' }, ''],
    [{ type: 'string', pattern: '^[A-Z]{3}-\\d{4}$' }, 'AAA-0000'],
    [{ type: 'string', pattern: '^(?:red|green)#(?<n>\\d+)$' }, 'red#0'],
    [{ type: 'string', pattern: '^\\+[1-9]\\d{6,14}$' }, '+1000000'],
    [{ type: 'string', pattern: '^[^a-z]+\\.\\w$', minLength: 5 }, 'AAA.a'],
    [{ type: 'string', pattern: '^(?=.*9)\\d$' }, ''],
  ])('of %j is %j', (schema, value) => {
    expect(smallestOf(schema)).toEqual(value);
  });
});

describe('a schema that zod writes', () => {
  const texts = fc.constantFrom<z.ZodType>(
    z.string().min(3).max(9),
    z.email(),
    z.uuid(),
    z.uuidv7(),
    z.url(),
    z.ipv4(),
    z.ulid(),
    z.nanoid(),
    z.cuid2(),
    z.base64(),
    z.e164(),
    z.iso.date(),
    z.iso.datetime(),
    z.iso.time(),
    z.string().startsWith('sku_'),
    z.string().endsWith('.ts'),
    z.string().includes('@'),
    z.string().regex(/^[a-z][a-z0-9-]{2,30}$/),
    z.string().regex(/^v?\d+\.\d+\.\d+(-\w+)?$/),
    z.string().regex(/^#[\da-f]{6}$/i),
    z.templateLiteral(['page-', z.number()]),
    z.enum(['a', 'b']),
    z.literal('x'),
  );
  const numbers = fc.constantFrom<z.ZodType>(
    z.int(),
    z.int().min(3).max(3),
    z.number().gt(1).lt(1.5),
    z.number().multipleOf(7).min(8),
    z.int().negative(),
    z.boolean(),
    z.null(),
  );
  const { schema: schemas } = fc.letrec<{ schema: z.ZodType }>((tie) => ({
    schema: fc.oneof(
      { maxDepth: 4 },
      texts,
      numbers,
      tie('schema').map((one) => z.array(one).min(2)),
      tie('schema').map((one) => z.object({ a: one, b: one.optional() })),
      tie('schema').map((one) => z.record(z.string(), one)),
      fc.tuple(tie('schema'), tie('schema')).map((both) => z.union(both)),
      fc.tuple(tie('schema'), tie('schema')).map((both) => z.tuple(both)),
      tie('schema').map((one) => one.nullable()),
      tie('schema').map((one) => z.intersection(z.object({ c: one }), z.object({ d: z.int() }))),
    ),
  }));

  test('has a smallest value that keeps to it, and one made of what was said', () => {
    fc.assert(
      fc.property(schemas, fc.string(), (schema, prompt) => {
        const json = z.toJSONSchema(schema);
        expect(schema.safeParse(smallestOf(json)).error).toBeUndefined();
        const said = toolInput({ properties: { a: json }, required: ['a'] }, prompt);
        expect(z.object({ a: schema }).safeParse(said).error).toBeUndefined();
      }),
    );
  });
});

describe('a provider that is simulated', () => {
  let providers: Awaited<ReturnType<typeof startSimulatedProviders>>;
  beforeAll(async () => {
    providers = await startSimulatedProviders();
  });
  afterAll(async () => await providers.stop());
  const openai = () => new OpenAI({ baseURL: `${providers.url}/v1`, apiKey: 'x' }).chat.completions;
  const anthropic = () => new Anthropic({ baseURL: providers.url, apiKey: 'x' }).messages;
  const json_schema = { name: 'place', schema: z.toJSONSchema(place) };
  const messages = [{ role: 'user' as const, content: 'Hi' }];

  test('answers with the object that was asked for, on each wire, streamed too', async () => {
    const body = { model: 'gpt-4o-mini', messages };
    const response_format = { type: 'json_schema' as const, json_schema };
    const whole = await openai().create({ ...body, response_format });
    expect(place.safeParse(JSON.parse(whole.choices[0]?.message.content ?? '')).success).toBe(true);
    let text = '';
    for await (const chunk of await openai().create({ ...body, response_format, stream: true }))
      text += chunk.choices[0]?.delta.content ?? '';
    expect(text).toBe(whole.choices[0]?.message.content);
    const loose = await openai().create({ ...body, response_format: { type: 'json_object' } });
    expect(loose.choices[0]?.message.content).toBe('{}');
    const claude = { model: 'claude-haiku-4-5', max_tokens: 99, messages };
    const format = { type: 'json_schema' as const, schema: json_schema.schema };
    const { content } = await anthropic().create({ ...claude, output_config: { format } });
    expect(content).toMatchObject([{ type: 'text', text }]);
  });

  test('calls the tool that it must call, and says words when it has the result', async () => {
    const { schema } = json_schema;
    const tool = { type: 'function' as const, function: { name: 'look', parameters: schema } };
    const body = { model: 'gpt-4o-mini', tools: [tool], tool_choice: 'required' as const };
    const asked = await openai().create({ ...body, messages });
    const [call] = asked.choices[0]?.message.tool_calls ?? [];
    expect(call).toMatchObject({ function: { name: 'look' } });
    const result = { role: 'tool' as const, tool_call_id: call?.id ?? '', content: 'sunny' };
    const history = [...messages, { role: 'assistant' as const, tool_calls: [call] }, result];
    const done = await openai().create({ ...body, messages: JSON.parse(JSON.stringify(history)) });
    expect(done.choices[0]?.message.content).toContain('simulated');
    const { content } = await anthropic().create({
      model: 'claude-haiku-4-5',
      max_tokens: 99,
      messages,
      tools: [{ name: 'look', input_schema: { type: 'object' } }],
      tool_choice: { type: 'tool', name: 'look' },
    });
    expect(content).toMatchObject([{ type: 'tool_use', name: 'look', input: {} }]);
  });

  test('says in words that it is simulated where no shape was asked for', async () => {
    const tool = { type: 'function' as const, function: { name: 'look' } };
    const { choices } = await openai().create({ model: 'gpt-4o-mini', messages, tools: [tool] });
    expect(choices[0]?.message.content).toContain('simulated on your machine');
  });
});
