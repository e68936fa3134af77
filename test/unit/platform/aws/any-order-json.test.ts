import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAnyOrder } from '../../../../lambdas/platform/aws/any-order-json.ts';

/** What a reader answers, or the name of what it throws. */
const outcome = (parse: (text: string) => unknown, text: string): unknown => {
  try {
    return { value: parse(text) };
  } catch (error) {
    return error instanceof Error ? error.name : error;
  }
};
const asJson = (text: string): unknown => JSON.parse(text);
/** Order of members, `-0` and own `__proto__` included. */
const written = (value: unknown): string =>
  JSON.stringify(value, (_name, part: unknown) => (Object.is(part, -0) ? '-0' : part));

describe('JSON is read as JSON.parse reads it', () => {
  test('whatever it says', () => {
    // After a name that begins with a backslash V8 13.6 mistakes others: https://github.com/nodejs/node/issues/63785
    const unit = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 1 })
      .filter((one) => one !== '\\');
    const names = fc.oneof(
      fc.string({ unit, maxLength: 3 }),
      fc.constantFrom('S', 'N', 'M', '__proto__', '1', 'constructor'),
    );
    const value = fc.jsonValue({ maxDepth: 1, stringUnit: unit });
    const tree = fc.oneof(
      value,
      fc
        .array(fc.tuple(names, fc.oneof(value, fc.dictionary(names, value, { maxKeys: 5 }))))
        .map((pairs) => Object.fromEntries(pairs)),
    );
    fc.assert(
      fc.property(tree, fc.constantFrom(undefined, 1), (value, indent) => {
        const text = JSON.stringify(value, null, indent) ?? 'null';
        expect(written(parseAnyOrder(text))).toBe(written(asJson(text)));
      }),
      { numRuns: 100 },
    );
  });

  test.each([
    ['{"a":1,"b":2,"a":3}', '{"a":3,"b":2}'],
    ['{"b":1,"7":2,"a":3,"1":4}', '{"1":4,"7":2,"b":1,"a":3}'],
    ['{"__proto__":{"a":1},"b":2}', '{"__proto__":{"a":1},"b":2}'],
    ['{"__proto__":{"S":"a"}}', '{"__proto__":{"S":"a"}}'],
    ['[-0,1e+5,1E2,0.5,-1.5e-3,true,false,null]', '["-0",100000,100,0.5,-0.0015,true,false,null]'],
    [`{"a":"${'x'.repeat(20_000)}","b":1}`, `{"a":"${'x'.repeat(20_000)}","b":1}`],
    [`${'['.repeat(8_000)}${']'.repeat(8_000)}`, `${'['.repeat(8_000)}${']'.repeat(8_000)}`],
  ])('%.60s', (text, expected) => {
    expect(written(parseAnyOrder(text))).toBe(expected);
    expect(written(asJson(text))).toBe(expected);
  });

  test('and refuses what that refuses', () => {
    const valid = '{"S":{"a":"b","c":[1,true,{"N":"5"}],"d":{}},"e":null,"f":-1.5e3}';
    const damaged = fc
      .tuple(
        fc.nat(valid.length),
        fc.nat(3),
        fc.string({ unit: fc.constantFrom(...Array.from('{}[]",:0-.e+ ntx\u0001\\')) }),
      )
      .map(
        ([at, length, inserted]) => `${valid.slice(0, at)}${inserted}${valid.slice(at + length)}`,
      );
    fc.assert(
      fc.property(damaged, (text) => {
        expect(outcome(parseAnyOrder, text)).toEqual(outcome(asJson, text));
      }),
      { numRuns: 2_000 },
    );
  });
});
