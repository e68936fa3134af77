import { describe, expect, test } from 'vitest';
import { TextBytes } from '../../../lambdas/shared/text-bytes.ts';

const loaded = (text: string, held = new TextBytes()): string => {
  const end = held.load(text);
  expect(held.bytes[end]).toBe(0);
  return held.bytes.toString('latin1', 0, end);
};

describe('the bytes of a text', () => {
  test('are its characters, one for each; those beyond ASCII are none of ASCII', () => {
    for (const [text, bytes] of [
      ['', ''],
      ['a b\u0000c\u007f', 'a b\u0000c\u007f'],
      ['\u0080é\u0141\ud83d\ude00x', '\u0080\u0080\u0080\u0080\u0080x'],
      ['half \ud83d', 'half \u0080'],
    ] as const)
      expect(loaded(text)).toBe(bytes);
  });

  test('are those of the last text alone, whatever was longer before it', () => {
    const held = new TextBytes();
    for (const text of ['x'.repeat(50_000), 'short', 'é'.repeat(60_000), ''])
      expect(loaded(text, held)).toHaveLength(text.length);
    expect(loaded('short', held)).toBe('short');
  });

  test('are cut where a text is longer than any that is stored', () => {
    const held = new TextBytes();
    expect(held.load('x'.repeat(200_000))).toBe(131_072);
  });
});
