import * as fc from 'fast-check';
import { readFileSync } from 'node:fs';
import * as z from 'zod';

/** Article 1 of the Universal Declaration of Human Rights, by language. */
export const LANGUAGES: Readonly<Record<string, string>> = z
  .record(z.string(), z.string())
  .parse(JSON.parse(readFileSync('test/fixtures/languages.json', 'utf8')));

const text = fc.oneof(
  fc.constantFrom(...Object.values(LANGUAGES)),
  fc.string({ unit: 'binary', maxLength: 120 }),
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.string({ unit: 'grapheme-ascii', maxLength: 200 }),
  fc.constantFrom('ﷺ'.repeat(30), '\n'.repeat(90), ' '.repeat(90), '🏳️‍🌈'.repeat(9), '\\u0000"'),
);
const leaf = fc.oneof(
  fc.constantFrom<unknown>(null, true, '', 0, -1e-7, 1e-6, 1e20, 1e21, [], {}),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  text,
);
/** Long runs of one value, as an enum of nulls, are what a count of words alone would miss. */
const runs = fc
  .tuple(leaf, fc.nat(80))
  .map(([value, times]) => Array.from({ length: times }, () => value));

/** JSON as a hostile caller would write it. */
const hostileJson: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    runs,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.string({ maxLength: 12 }), tie('value'), { maxKeys: 4 }),
  ),
})).value;

/** JSON as few bytes write it: a round number with an exponent, which `JSON.stringify` never does below 1e21. */
export const tersely = (value: unknown): string =>
  JSON.stringify(value)
    .replaceAll(/\b([1-9])(0{3,20})\b(?!\.)/g, (_all, digit, zeros) => `${digit}e${zeros.length}`)
    .replaceAll(/\b0\.(0{3,5})1\b/g, (_all, zeros) => `1e-${zeros.length + 1}`);

/** A turn that puts hostile text and JSON wherever a provider reads some, in the body of either wire. */
export const hostileBody = (isChat: boolean): fc.Arbitrary<Readonly<Record<string, unknown>>> =>
  fc.record({ system: text, words: text, schema: hostileJson, input: hostileJson }).map((parts) => {
    const { system, words, schema, input } = parts;
    const parameters = { type: 'object', properties: { a: { enum: schema } } };
    if (isChat)
      return {
        messages: [
          { role: 'system', content: system },
          { role: 'user', content: [{ type: 'text', text: words }] },
          {
            role: 'assistant',
            content: null,
            tool_calls: [
              {
                id: 'c',
                type: 'function',
                function: { name: 'f', arguments: JSON.stringify(input) },
              },
            ],
          },
          { role: 'tool', tool_call_id: 'c', content: words },
        ],
        tools: [{ type: 'function', function: { name: 'f', parameters } }],
      };
    return {
      system,
      messages: [
        { role: 'user', content: [{ type: 'text', text: words }] },
        {
          role: 'assistant',
          content: [{ type: 'tool_use', id: 'c', name: 'f', input: { a: input } }],
        },
        {
          role: 'user',
          content: [{ type: 'tool_result', tool_use_id: 'c', content: words }],
        },
      ],
      tools: [{ name: 'f', input_schema: parameters }],
    };
  });
