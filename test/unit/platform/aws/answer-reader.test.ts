import { describe, expect, test } from 'vitest';
import {
  answerReader,
  MalformedAnswer,
  type ReadAnswer,
} from '../../../../lambdas/platform/aws/answer-reader.ts';

const lines = (...all: readonly string[]): string => all.join('\r\n');
const answerOf = (
  parts: readonly string[],
  method = 'POST',
  isEnded = false,
): ReadAnswer | null => {
  const reader = answerReader(method);
  let answer: ReadAnswer | null = null;
  for (const part of parts) answer = reader.push(Buffer.from(part, 'latin1')) ?? answer;
  return isEnded ? (answer ?? reader.end()) : answer;
};

const SIZED = lines('HTTP/1.1 200 OK', 'Content-Length: 5', 'X-A:  b ', '', 'hello');
const CHUNKED = lines(
  'HTTP/1.1 400 Bad Request',
  'transfer-encoding: Chunked',
  '',
  '3;name=value',
  'hel',
  '2',
  'lo',
  '0',
  'trailer: x',
  '',
  '',
);

describe('an answer is read', () => {
  test.each([
    ['with a length', SIZED, 200],
    ['in chunks', CHUNKED, 400],
    ['after words that come before it', lines('HTTP/1.1 100 Continue', '', SIZED), 200],
  ])('%s, wherever its bytes are cut', (_, text, status) => {
    for (let first = 0; first < text.length; first++) {
      expect(answerOf([text.slice(0, first)])).toBeNull();
      const answer = answerOf([text.slice(0, first), text.slice(first)]);
      expect(answer).toMatchObject({ status, restMs: Infinity });
      expect(String(answer?.body)).toBe('hello');
    }
    expect(String(answerOf(Array.from(text))?.body)).toBe('hello');
  });

  test('by lower-case names, those that come twice together', () => {
    const text = lines('HTTP/1.1 200 OK', 'A: 1', 'a: 2', 'content-length: 0', '', '');
    expect(answerOf([text])?.headers).toEqual({ a: '1, 2', 'content-length': '0' });
    const { headers } = answerOf([SIZED]) ?? {};
    expect(headers).toMatchObject({ 'x-a': 'b' });
  });

  test('without a body where none can come', () => {
    const text = lines('HTTP/1.1 200 OK', 'content-length: 5', '', '');
    expect(answerOf([text], 'HEAD')?.body).toHaveLength(0);
    for (const status of [204, 304])
      expect(answerOf([lines(`HTTP/1.1 ${status} X`, '', '')])?.status).toBe(status);
  });

  test('to the end of the connection where nothing says how long it is, and never a part of one that does', () => {
    const open = lines('HTTP/1.1 200 OK', 'connection: close', '', 'hel');
    expect(answerOf([open, 'lo'])).toBeNull();
    const answer = answerOf([open, 'lo'], 'POST', true);
    expect(answer?.restMs).toBeNull();
    expect(String(answer?.body)).toBe('hello');
    expect(answerOf([SIZED.slice(0, -1)], 'POST', true)).toBeNull();
    expect(answerOf([CHUNKED.slice(0, -2)], 'POST', true)).toBeNull();
    expect(answerOf([SIZED.slice(0, 20)], 'POST', true)).toBeNull();
  });

  test('with how long its connection may rest, a second less than its server says', () => {
    const rest = (version: string, ...headers: readonly string[]) =>
      answerOf([lines(`HTTP/${version} 200 OK`, 'content-length: 0', ...headers, '', '')])?.restMs;
    expect(rest('1.1')).toBe(Infinity);
    expect(rest('1.1', 'keep-alive: timeout=5, max=100')).toBe(4_000);
    expect(rest('1.1', 'keep-alive: timeout=0')).toBe(0);
    expect(rest('1.1', 'Connection: Close')).toBeNull();
    expect(rest('1.0')).toBeNull();
    expect(rest('1.0', 'connection: keep-alive')).toBe(Infinity);
    // What nobody asked for follows.
    expect(answerOf([`${SIZED}HTTP/1.1 200 OK`])?.restMs).toBeNull();
    expect(answerOf([`${CHUNKED}x`])?.restMs).toBeNull();
  });
});

test.each([
  ['no status line', lines('HTTP/2 200 OK', '', '')],
  ['another protocol', lines('HTTP/1.1 101 Switching Protocols', '', '')],
  ['a status that is none', lines('HTTP/1.1 999 X', '', '')],
  ['two lengths', lines('HTTP/1.1 200 OK', 'content-length: 1', 'content-length: 2', '', 'ab')],
  ['a length that is no number', lines('HTTP/1.1 200 OK', 'content-length: +1', '', 'a')],
  [
    'a length beside chunks',
    lines('HTTP/1.1 200 OK', 'content-length: 1', 'transfer-encoding: chunked', '', '0', '', ''),
  ],
  ['an unknown coding', lines('HTTP/1.1 200 OK', 'transfer-encoding: gzip, chunked', '', '')],
  ['a folded header', lines('HTTP/1.1 200 OK', 'a: b', ' c', '', '')],
  ['a space before the colon', lines('HTTP/1.1 200 OK', 'content-length : 1', '', 'a')],
  ['a bare line feed', lines('HTTP/1.1 200 OK', 'a: b\ncontent-length: 9', '', '')],
  ['a bare carriage return', lines('HTTP/1.1 200 OK', 'a: b\rc: d', '', '')],
  [
    'a size of a chunk that is none',
    lines('HTTP/1.1 200 OK', 'transfer-encoding: chunked', '', '-1', ''),
  ],
  [
    'a chunk that is longer than it says',
    lines('HTTP/1.1 200 OK', 'transfer-encoding: chunked', '', '1', 'ab', ''),
  ],
  ['a head without an end', `HTTP/1.1 200 OK\r\na: ${'b'.repeat(70_000)}`],
  [
    'a size without an end',
    `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;${'b'.repeat(2_000)}`,
  ],
])('%s is no answer', (_, text) => {
  expect(() => answerOf([text])).toThrow(MalformedAnswer);
});
