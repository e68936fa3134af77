import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ObjectText, objectText } from '../../../local/json-text.ts';

const asJson = (text: string): unknown => JSON.parse(text);
/** All of it in the order of another one, by the members that it is asked for. */
const asked = (value: unknown, like: unknown): unknown => {
  if (Array.isArray(value) && Array.isArray(like))
    return value.map((part, index) => asked(part, like[index]));
  if (typeof value !== 'object' || value === null) return value;
  const member = (name: string): unknown =>
    value instanceof ObjectText
      ? value.member(name)
      : Object.getOwnPropertyDescriptor(value, name)?.value;
  return Object.fromEntries(
    Object.entries(Object(like)).map(([name, part]) => [name, asked(member(name), part)]),
  );
};

describe('an object of a JSON text', () => {
  // After a name that begins with a backslash V8 13.6 mistakes others: https://github.com/nodejs/node/issues/63785
  const unit = fc
    .string({ unit: 'binary', minLength: 1, maxLength: 1 })
    .filter((one) => one !== '\\');
  const names = fc.string({ unit, maxLength: 3 });
  const objects = fc.dictionary(
    fc.oneof(names, fc.constantFrom('a', 'a"b', '__proto__', 'S')),
    fc.oneof(
      fc.jsonValue({ maxDepth: 1, stringUnit: unit }),
      fc.array(fc.dictionary(names, fc.jsonValue({ maxDepth: 1, stringUnit: unit }))),
      fc.string({ unit: fc.constantFrom('"', '\\', '{', '}', ',', ':') }),
    ),
  );

  test('is read as JSON.parse reads it, member by member and in order, with white space or without', () => {
    fc.assert(
      fc.property(objects, fc.constantFrom(undefined, 1), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        const read = objectText(text);
        const plain = JSON.stringify(asJson(text));
        expect(JSON.stringify(asked(read, value))).toBe(plain);
        expect(JSON.stringify(asked(asJson(read.inOrder()), value))).toBe(plain);
        expect(read.member('a name that none has')).toBeUndefined();
      }),
      { numRuns: 100 },
    );
  });

  test('has one order, whatever order its members come in', () => {
    fc.assert(
      fc.property(objects, (value) => {
        const turned = Object.fromEntries(Object.entries(value).toReversed());
        const inOrder = (of: object): string => objectText(JSON.stringify(of)).inOrder();
        expect(inOrder(turned)).toBe(inOrder(value));
      }),
      { numRuns: 100 },
    );
  });

  test('finds a name that is written otherwise, and the last of two', () => {
    const text = String.raw`{"\u0061\/":1,"b":{"x":1,"y":2},"b":{"x":3,"y":4}}`;
    const read = objectText(text);
    expect(read.member('a/')).toBe(1);
    expect(asked(read.member('b'), { x: 0, y: 0 })).toEqual({ x: 3, y: 4 });
    expect(asJson(read.inOrder())).toEqual(asJson(text));
    expect(objectText(String.raw`{"\\":1,"\\\\":2,"\"":"\\"}`)).toSatisfy(
      (object: ObjectText) =>
        object.member('\\') === 1 && object.member('\\\\') === 2 && object.member('"') === '\\',
    );
  });

  test('takes other members in place of its own', () => {
    const read = objectText('{"a":1,"b":{"c":2,"d":3}}');
    const changed = read.with({ a: '"x"', b: objectText('{"e":[]}'), f: '{}' });
    expect(asJson(changed.inOrder())).toEqual({ a: 'x', b: { e: [] }, f: {} });
    expect(asJson(read.inOrder())).toEqual({ a: 1, b: { c: 2, d: 3 } });
  });

  test('is refused where JSON.parse refuses it, or where it is none', () => {
    const valid = '{"a":{"b":"c\\"","d":[1,true,{"N":"5"}],"e":{}},"f":null,"g":-1.5e3}';
    fc.assert(
      fc.property(
        fc.nat(valid.length),
        fc.nat(3),
        fc.string({ unit: fc.constantFrom(...Array.from('{}[]",:0-.e ntx')), maxLength: 3 }),
        (at, length, inserted) => {
          const text = `${valid.slice(0, at)}${inserted}${valid.slice(at + length)}`;
          const read = (of: (text: string) => unknown): unknown => {
            try {
              return of(text);
            } catch {
              return 'refused';
            }
          };
          const plain = read(asJson);
          const isObject = typeof plain === 'object' && plain !== null && !Array.isArray(plain);
          const expected = isObject ? plain : 'refused';
          expect(read((one) => asJson(objectText(one).inOrder()))).toEqual(expected);
        },
      ),
      { numRuns: 3_000 },
    );
    for (const text of ['1', '"a"', '[]', 'null', '[{"a":1,"b":2}]'])
      expect(() => objectText(text)).toThrow('no object');
  });
});
