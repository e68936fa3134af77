import { describe, expect, test } from 'vitest';
import { queryNumber } from '../../../lambdas/http/query-number.ts';
import { featureOf } from '../../../lambdas/http/request.ts';
import { checked, jsonOf } from '../../../lambdas/http/body.ts';

describe('a JSON body', () => {
  const nested = (depth: number) => `{"a":1,"deep":${'['.repeat(depth)}${']'.repeat(depth)}}`;

  test('is read to 64 levels below a field', () => {
    expect(JSON.stringify(jsonOf(nested(64)))).toBe(nested(64));
  });

  test.each([66, 5_000, 500_000])('of %d levels is refused by the name of its field', (depth) => {
    for (const text of [nested(depth), nested(depth).replace('"a"', String.raw`"\ud83d\ude00"`)])
      expect(() => jsonOf(text)).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/^invalid_(request|json)$/) }),
      );
    expect(() => jsonOf(nested(depth))).toThrow(/^deep: nested deeper than 64 levels$/);
  });
});

describe('the word that attributes a call', () => {
  const sent = (header: string) => featureOf({ headers: { 'x-sluice-feature': header } });
  const utf8 = (text: string) => Buffer.from(text).toString('latin1');

  test.each(['größe', '検索', 'a word', 'x'.repeat(64), '🔎'])(
    'is %j, in whatever charset a header brings it',
    (word) => {
      expect(sent(utf8(word))).toBe(word);
      expect(sent(word)).toBe(word);
    },
  );

  test.each(['x'.repeat(65), 'two\u0000', 'a\tb'])('is not %j', (word) => {
    expect(() => sent(word)).toThrow(/^x-sluice-feature: at most 64 printable characters$/);
  });

  test('is none where the header is empty', () => {
    expect([sent(''), sent(' '), featureOf({ headers: {} })]).toEqual([null, null, null]);
  });
});

describe('a number in a query', () => {
  test.each(['', ' 5', '+5', '-1', '0', '1e1', '0x10', '5.0', '101', '9'.repeat(40), '٣'])(
    'is not %j',
    (text) => {
      expect(() => checked(queryNumber(1, 100), text)).toThrow(
        expect.objectContaining({ code: 'invalid_request' }),
      );
    },
  );

  test.each([
    ['1', 1],
    ['007', 7],
    ['100', 100],
  ])('is %j', (text, number) => {
    expect(checked(queryNumber(1, 100), text)).toBe(number);
  });
});
