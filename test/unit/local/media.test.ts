import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import {
  answerBody,
  decodedBody,
  eventBody,
  UnsupportedCoding,
} from '../../../local/http/media.ts';
import { EVENT_BYTES_MAX, EventTooLarge } from '../../../local/lambda/function-host.ts';

const EVERY_BYTE = Buffer.from(Uint8Array.from({ length: 256 }, (_, byte) => byte));
const LIST = ['application/octet-stream', 'audio/*', 'multipart/form-data'];

describe('the body of an event', () => {
  test.each([
    ['multipart/form-data; boundary=x', LIST],
    ['Audio/MPEG', LIST],
    ['application/octet-stream', LIST],
    ['application/json', ['*/*']],
    [undefined, ['*/*']],
  ])('is base64, byte for byte, where the API lists its type: %s', (type, list) => {
    const { body, isBase64Encoded } = eventBody(EVERY_BYTE, type, list);
    expect(isBase64Encoded).toBe(true);
    expect(Buffer.from(body ?? '', 'base64')).toEqual(EVERY_BYTE);
  });

  test.each([
    ['application/json', LIST],
    ['application/json; charset=utf-8, audio/mpeg', LIST],
    ['audio', LIST],
    ['*/*', LIST],
    [undefined, LIST],
    ['audio/mpeg', []],
  ])('is text where it does not, and loses what is none: %s', (type, list) => {
    expect(eventBody(Buffer.from('ä'), type, list)).toEqual({ body: 'ä', isBase64Encoded: false });
    expect(eventBody(EVERY_BYTE, type, list).body).toContain('\u{fffd}');
  });

  test('is null where there is none', () => {
    const none = { body: null, isBase64Encoded: false };
    expect(eventBody(Buffer.alloc(0), 'audio/mpeg', LIST)).toEqual(none);
  });
});

describe('a coded body', () => {
  test.each([
    ['gzip', gzipSync(EVERY_BYTE)],
    ['GZIP ', gzipSync(EVERY_BYTE)],
    ['deflate', deflateSync(EVERY_BYTE)],
    ['identity', EVERY_BYTE],
    [undefined, EVERY_BYTE],
  ])('is decoded: %s', async (coding, body) => {
    expect(await decodedBody(body, coding)).toEqual(EVERY_BYTE);
  });

  test.each([
    ['zstd', zstdCompressSync(EVERY_BYTE)],
    ['br', EVERY_BYTE],
    ['gzip', EVERY_BYTE],
    ['gzip', gzipSync(EVERY_BYTE).subarray(0, -9)],
  ])('is refused where API Gateway cannot read it: %s', async (coding, body) => {
    await expect(decodedBody(body, coding)).rejects.toThrow(UnsupportedCoding);
  });

  test('is decoded no further than an event may have', async () => {
    const most = gzipSync(Buffer.alloc(EVENT_BYTES_MAX));
    expect(await decodedBody(most, 'gzip')).toHaveLength(EVENT_BYTES_MAX);
    const more = gzipSync(Buffer.alloc(EVENT_BYTES_MAX + 1));
    await expect(decodedBody(more, 'gzip')).rejects.toThrow(EventTooLarge);
  });
});

describe('a buffered answer in base64', () => {
  const answer = { body: EVERY_BYTE.toString('base64'), isBase64Encoded: true };

  test.each([
    ['audio/mpeg', LIST],
    ['application/octet-stream;q=0.8, */*', LIST],
    ['text/html', ['*/*']],
    [undefined, ['*/*']],
  ])('is bytes for a client whose first type is listed: %s', (accept, list) => {
    expect(answerBody(answer, accept, list)).toEqual(EVERY_BYTE);
  });

  test.each(['*/*', 'text/html, audio/mpeg', undefined])(
    'stays base64 for any other: %s',
    (accept) => {
      expect(answerBody(answer, accept, LIST)).toBe(answer.body);
    },
  );

  test('is text for everybody where it does not say so', () => {
    expect(answerBody({ body: 'ä', isBase64Encoded: false }, 'audio/mpeg', LIST)).toBe('ä');
  });
});
