import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { readOtlp } from '../../../../lambdas/sre/in/otlp/read-otlp.ts';
import { logsRequest, text } from '../../../support/otlp/encode.ts';

const JSON_BODY = Buffer.from(JSON.stringify(logsRequest([{ body: text('hello') }])));
const read = (body: Uint8Array, contentEncoding = '') =>
  readOtlp({ signal: 'logs', body, contentType: 'application/json', contentEncoding });

describe('a compressed body', () => {
  test.each(['gzip', 'deflate', 'zstd'])(
    'of JSON that a front door decoded, and still says %s, is read as it is',
    (contentEncoding) => {
      expect(read(JSON_BODY, contentEncoding).hash).toBe(read(JSON_BODY).hash);
    },
  );

  test.each([
    ['gzip', gzipSync(JSON_BODY)],
    ['deflate', deflateSync(JSON_BODY)],
    ['zstd', zstdCompressSync(JSON_BODY)],
  ])('in %s that was read as text on its way is a 415 that says what to send', (coding, bytes) => {
    const body = Buffer.from(bytes.toString('utf8'), 'utf8');
    expect(() => read(body, coding)).toThrow(
      expect.objectContaining({
        code: 'content_encoding_not_supported',
        publicMessage: expect.stringContaining('Send protobuf'),
      }),
    );
  });
});
