import { vi } from 'vitest';

/** Parts that scanners and tables look at, and some that they must not stumble over. */
const PARTS = [
  'error',
  'user',
  'connection refused',
  'out of memory',
  'panic:',
  'BUG:',
  'timed out',
  '=',
  '==',
  ':',
  '://',
  '/',
  '//a/b',
  '"',
  "'",
  '`',
  '[',
  ']',
  '{',
  '}',
  '(',
  ')',
  '<',
  '>',
  ',',
  ';',
  '|',
  '!',
  '?',
  '...',
  '.',
  '\\',
  '\\"',
  '\t',
  '\n',
  '\r\n',
  ' ',
  '0',
  '12',
  '0x1f',
  'deadbeef',
  'a@b.c',
  'C:\\x',
  '10.0.0.1:80',
  'fe80::1',
  'aa:bb:cc:dd:ee:ff',
  'true',
  'null',
  'Mon',
  '"key":',
  'msg="',
  'a=',
  'x= ',
  'no',
  'not',
  '404',
  'HTTP/1.1',
  'at com.foo.Bar(Bar.java:1)',
  'Caused by:',
  'java.net.ConnectException',
  'é',
  '漢字',
  '：',
  '\u0000',
  '\u0001',
  '\u0002',
  '\u0003',
  '\uD83D',
  '😀',
  '\u2028',
  '\u00A0',
  '_',
  '-',
  '->',
  '#',
  '*',
  '<*>',
] as const;

/** Marsaglia's xorshift, 32 bits: the same seed gives the same lines everywhere. */
export const randomOf = (seed: number): ((below: number) => number) => {
  let state = seed === 0 ? 1 : seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
};

export const hostileLine = (random: (below: number) => number): string => {
  let line = '';
  for (let left = random(16); left > 0; left -= 1)
    line += (PARTS[random(PARTS.length)] ?? '') + (random(2) === 0 ? ' ' : '');
  return line;
};

/** How often `run` asks a string for a character: work that no clock has to measure. */
export const charactersRead = (run: () => void): number => {
  const counted = vi.spyOn(String.prototype, 'charCodeAt');
  try {
    run();
    return counted.mock.calls.length;
  } finally {
    counted.mockRestore();
  }
};
