import { describe, expect, test } from 'vitest';
import { cleanLine, cleanLines, safeUrl, unlinked } from '../../../lambdas/shared/clean-text.ts';

describe('a line of a ticket', () => {
  test.each([
    ['controls', 'a\u0000b\u0007c\u001B[31md\u009Be', 'a b c [31md e'],
    ['breaks', 'a\r\nb\nc\u2028d\u2029e\tf', 'a b c d e f'],
    ['marks of direction', 'a\u202Egpj.exe\u202C\u200Fb\u2066c\u2069', 'agpj.exebc'],
    ['invisible characters', 'a\u200Bb\uFEFFc\u00ADd\u{E0041}e\u2060f', 'abcdef'],
    ['halves of pairs', 'a\uD83Db\uDE00', 'a\uFFFDb\uFFFD'],
    ['runs of spaces', '  a   b\u00A0\u3000 c  ', 'a b c'],
  ])('has no %s', (_name, text, expected) => {
    expect(cleanLine(text, 100)).toBe(expected);
  });

  test('keeps scripts of every direction, and joined emoji', () => {
    for (const text of ['مرحبا بالعالم', 'שלום', '漢字', '👩‍🚀', 'नमस्ते'])
      expect(cleanLine(text, 100)).toBe(text);
  });

  test('is cut with an ellipsis, and never inside of a pair', () => {
    expect(cleanLine('abcdef', 4)).toBe('abc…');
    expect(cleanLine('ab😀cd', 4)).toBe('ab…');
    expect(cleanLine('x'.repeat(1e7), 10)).toBe('xxxxxxxxx…');
  });
});

test('several lines keep their breaks, two in a row at most', () => {
  expect(cleanLines('a\r\n\n\n\n b \u0000\n\t\nc', 100)).toBe('a\n\nb\n\nc');
});

test('an address in a text leads nowhere', () => {
  const text = unlinked('see https://evil.example/x, WWW.evil.example, mailto:a@b javascript:x');
  expect(text).toBe('see https: //evil.example/x, WWW .evil.example, mailto :a@b javascript :x');
});

describe('where people are led to', () => {
  test.each([
    ['https://a.example/x?y=1#z', 'https://a.example/x?y=1#z'],
    ['http://a.example', 'http://a.example/'],
    ['https://a.example/a|b]c[d{e}f', 'https://a.example/a%7Cb%5Dc%5Bd%7Be%7Df'],
    ['https://a.example/?q=<b>"\'`(x)*', 'https://a.example/?q=%3Cb%3E%22%27%60%28x%29%2A'],
  ])('%s is %s', (url, safe) => {
    expect(safeUrl(url)).toBe(safe);
  });

  test.each([
    null,
    '',
    'a.example',
    'javascript:alert(1)',
    'data:text/html,x',
    'file:///etc/passwd',
    'https://user:secret@a.example/',
    `https://a.example/${'x'.repeat(2_000)}`,
  ])('%j is no place', (url) => {
    expect(safeUrl(url)).toBeNull();
  });
});
