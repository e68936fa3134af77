import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { firstCharacters, wellFormed, withoutEnd } from '../../../lambdas/shared/characters.ts';

test('a text is cut between characters, never inside of a pair', () => {
  expect(firstCharacters('ab😀', 3)).toBe('ab');
  expect(firstCharacters('ab😀', 4)).toBe('ab😀');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.nat(20), (text, most) => {
      const cut = firstCharacters(text, most);
      expect(cut.isWellFormed()).toBe(true);
      expect(text.startsWith(cut)).toBe(true);
      expect(cut.length).toBeGreaterThanOrEqual(Math.min(text.length, most - 1));
      expect(cut.length).toBeLessThanOrEqual(most);
    }),
  );
});

test('whole texts stay what they are, and halves become characters, in names and values at every depth', () => {
  const json = fc.jsonValue({ stringUnit: 'binary' });
  fc.assert(
    fc.property(json, (value) => {
      expect(wellFormed(value)).toBe(value);
    }),
  );
  const half = { 'a\ud83d': ['\ude00', { b: '\\ud83d', c: 'whole 😀' }], d: '\\\ud83d' };
  expect(wellFormed(half)).toEqual({
    'a\ufffd': ['\ufffd', { b: '\\ud83d', c: 'whole 😀' }],
    d: '\\\ufffd',
  });
});

test('a half is found however deep it is', () => {
  const nested = (inner: string, levels: number): unknown =>
    JSON.parse(`${'{"a":['.repeat(levels)}${JSON.stringify(inner)}${']}'.repeat(levels)}`);
  for (const levels of [1, 31, 32, 33, 200]) {
    const whole = nested('😀', levels);
    expect(wellFormed(whole)).toBe(whole);
    expect(wellFormed(nested('\ud83d', levels))).toEqual(nested('\ufffd', levels));
  }
});

test('the run of a character at the end goes, and no other one, however many there are', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('=', 'a', '\n') }), (text) => {
      expect(withoutEnd(text, '=')).toBe(text.replace(/=+$/, ''));
    }),
  );
  const many = '='.repeat(4_000_000);
  expect(withoutEnd(many, '=')).toBe('');
  expect(withoutEnd(`${many}!`, '=')).toBe(`${many}!`);
});
