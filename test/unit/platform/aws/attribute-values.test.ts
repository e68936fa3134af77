import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeItem, encodeItem } from '../../../../lambdas/platform/aws/attribute-values.ts';

/** `__proto__` is lost by the SDK: it has a test of its own. */
const name = fc.string().filter((drawn) => drawn !== '__proto__');
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'medium' },
    fc.string({ unit: 'grapheme' }),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, min: -1e15, max: 1e15 }),
    fc.boolean(),
    fc.constant(null),
    fc.constant(undefined),
    fc.uint8Array(),
    fc.array(tie('value')),
    fc.dictionary(name, tie('value'), { noNullPrototype: true }),
  ),
}));
const item = fc.dictionary(name, value, { noNullPrototype: true });

/** What the SDK puts on the wire: its bytes are base64 there. */
const sdkWire = (plain: Record<string, unknown>): unknown =>
  JSON.parse(
    JSON.stringify(marshall(plain, { removeUndefinedValues: true }), (_, entry: unknown) =>
      entry instanceof Uint8Array ? Buffer.from(entry).toString('base64') : entry,
    ),
  );

describe('an item', () => {
  test('stands on the wire as the SDK writes it', () => {
    fc.assert(
      fc.property(item, (plain) => {
        expect(JSON.parse(JSON.stringify(encodeItem(plain)))).toEqual(sdkWire(plain));
      }),
    );
  });

  test('is read as the SDK reads it', () => {
    fc.assert(
      fc.property(item, (plain) => {
        const marshalled = marshall(plain, { removeUndefinedValues: true });
        const wire: unknown = JSON.parse(JSON.stringify(encodeItem(plain)));
        expect(decodeItem(wire)).toEqual(unmarshall(marshalled));
      }),
    );
  });

  test('holds what is larger than a safe integer as a bigint', () => {
    const big = 12_345_678_901_234_567_890n;
    expect(encodeItem({ big })).toEqual({ big: { N: '12345678901234567890' } });
    expect(decodeItem({ big: { N: '12345678901234567890' } })).toEqual({ big });
  });

  test('may have a name that JavaScript reserves', () => {
    const plain: unknown = JSON.parse('{"cohort":{"__proto__":{"a":1},"constructor":"x"}}');
    const wire = encodeItem(Object(plain));
    const read = decodeItem(JSON.parse(JSON.stringify(wire)));
    expect(JSON.stringify(read)).toBe('{"cohort":{"__proto__":{"a":1},"constructor":"x"}}');
    expect(Object.hasOwn(Object.prototype, 'a')).toBe(false);
  });

  test.each([
    [Number.NaN, RangeError],
    [Number.POSITIVE_INFINITY, RangeError],
    [2 ** 53, RangeError],
    [new Date(), TypeError],
    [new Set(['a']), TypeError],
    [Symbol('a'), TypeError],
    [() => undefined, TypeError],
  ])('cannot hold %s', (held, error) => {
    expect(() => encodeItem({ held: [held] })).toThrow(error);
  });

  test.each([null, 'text', { a: 'text' }, { a: null }, { a: {} }, { a: { SS: ['b'] } }])(
    'is not read from %j',
    (wire) => {
      expect(() => decodeItem(wire)).toThrow(TypeError);
    },
  );
});
