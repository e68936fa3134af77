import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { boundAnswer } from '../../../../lambdas/sre/formats/agent-answer.ts';

test('an answer that fits is what it was', () => {
  const body = {
    data: [{ text: 'a line', time: 5, is_error: false, trace_id: null }],
    has_more: true,
  };
  expect(boundAnswer(body, 1_000)).toEqual({ value: body, isShortened: false });
});

test('any answer ends within its bytes, as JSON of the same members', () => {
  const record = fc.record({
    text: fc.string({ unit: 'grapheme', maxLength: 5_000 }),
    attributes: fc.dictionary(fc.string({ maxLength: 300 }), fc.string({ maxLength: 600 })),
  });
  fc.assert(
    fc.property(fc.array(record, { maxLength: 60 }), fc.array(fc.string()), (data, others) => {
      const { value, isShortened } = boundAnswer({ data, others, has_more: false }, 4_000);
      expect(Buffer.byteLength(JSON.stringify(value))).toBeLessThanOrEqual(4_000);
      expect(Object.keys(value)).toEqual(['data', 'others', 'has_more']);
      if (data.length > 40) expect(isShortened).toBe(true);
    }),
  );
});

test('long texts are cut before lists lose their ends', () => {
  const data = Array.from({ length: 20 }, (_, index) => ({ index, text: 'x'.repeat(30_000) }));
  const { value, isShortened } = boundAnswer({ data }, 16_000);
  expect(isShortened).toBe(true);
  expect(value).toMatchObject({ data: data.map(({ index }) => ({ index })) });
});

test('a list that is too long keeps its beginning', () => {
  const data = Array.from({ length: 1_000 }, (_, index) => ({ index, text: 'x'.repeat(50) }));
  const { value } = boundAnswer({ data }, 16_000);
  expect(value).toHaveProperty('data.0.index', 0);
  expect(value).toHaveProperty('data.100.index', 100);
});

test.each([
  ['characters that nobody sees', 'pay \u{E0069}\u{E0067}\u{E006E}ed', 'pay ed'],
  ['marks of direction', 'ab\u202Edc', 'abdc'],
  ['controls', 'a\u0007\u001b[31mb', 'a [31mb'],
])('%s are taken out of texts and of names', (_, text, clean) => {
  expect(boundAnswer({ data: [{ text, attributes: { [text]: 1 } }] }, 1_000).value).toEqual({
    data: [{ text: clean, attributes: { [clean]: 1 } }],
  });
});
