import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { bodyBytes, jsonBody } from '../../../lambdas/http/body.ts';

const TEXT = '{"name":"Grüße"}';
const BYTES = Buffer.from(TEXT);
const request = (coding: string, body: Uint8Array) => ({
  headers: { 'content-encoding': coding },
  body,
});

describe('the body of a request', () => {
  test.each(['', 'identity', 'gzip', 'GZIP', 'deflate'])(
    'is read as it is where API Gateway has decoded it and left the header: %j',
    (coding) => {
      expect(jsonBody(request(coding, BYTES))).toEqual({ name: 'Grüße' });
    },
  );

  test('is decoded where nobody did', () => {
    expect(jsonBody(request('gzip', gzipSync(BYTES)))).toEqual({ name: 'Grüße' });
  });

  test('is a 413 where decoding would pass the limit', () => {
    const bytes = Buffer.alloc(6_291_456, 'x');
    expect(bodyBytes(request('gzip', gzipSync(bytes)))).toHaveLength(bytes.length);
    const one = gzipSync(Buffer.concat([bytes, Buffer.from('x')]));
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    for (const body of [one, bomb])
      expect(() => bodyBytes(request('gzip', body))).toThrow(
        expect.objectContaining({ code: 'body_too_large', status: 413 }),
      );
  });

  const gzipped = gzipSync(BYTES);
  test.each([
    ['br', brotliCompressSync(BYTES)],
    ['zstd', zstdCompressSync(BYTES)],
    ['deflate, gzip', gzipSync(deflateSync(BYTES))],
    ['compress', BYTES],
    ['gzip', gzipped.subarray(0, -9)],
    // As text that was never text: whoever decodes it as UTF-8 loses it.
    ['gzip', Buffer.from(gzipped.toString('utf8'))],
  ])('is a 415 by the name of its header where it cannot be read: %s', (coding, body) => {
    expect(() => jsonBody(request(coding, body))).toThrow(
      expect.objectContaining({
        code: 'content_encoding_not_supported',
        status: 415,
        publicMessage: expect.stringMatching(/^content-encoding: /),
        facts: { param: 'content-encoding' },
      }),
    );
  });
});
