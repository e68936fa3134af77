import { setImmediate as turn } from 'node:timers/promises';
import { brotliCompressSync, createGzip, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { decodeAnswer } from '../../../lambdas/platform/decode-answer.ts';

const WORDS = Buffer.from('{"words":"Grüße"}'.repeat(1_000));

async function* bytewise(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 7) yield bytes.subarray(at, at + 7);
}

const textOf = async (body: AsyncIterable<Uint8Array> | null): Promise<string> => {
  const parts: Uint8Array[] = [];
  for await (const part of body ?? []) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
};

describe('an answer behind its content coding', () => {
  test.each([
    ['gzip', gzipSync],
    ['X-GZIP', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
    ['identity', (bytes: Buffer) => bytes],
    ['', (bytes: Buffer) => bytes],
    ['gzip, br', (bytes: Buffer) => brotliCompressSync(gzipSync(bytes))],
  ])('is what it was before: %j', async (coding, code) => {
    expect(await textOf(decodeAnswer(bytewise(code(WORDS)), coding))).toBe(WORDS.toString());
  });

  test('gives what a stream flushed before it is over', async () => {
    const gzip = createGzip();
    gzip.write('data: 1\n\n');
    gzip.flush();
    for await (const bytes of decodeAnswer(gzip, 'gzip') ?? []) {
      expect(Buffer.from(bytes).toString()).toBe('data: 1\n\n');
      break;
    }
    await turn();
    expect(gzip.destroyed).toBe(true);
  });

  test.each(['gzip', 'deflate', 'br', 'zstd'])(
    'fails for bytes that are not %s',
    async (coding) => {
      const decoded = decodeAnswer(bytewise(Buffer.from('no such thing')), coding);
      await expect(textOf(decoded)).rejects.toMatchObject({ errno: expect.any(Number) });
    },
  );

  test('is not read in a coding that nobody here knows', () => {
    expect(decodeAnswer(bytewise(WORDS), 'gzip, rot13')).toBeNull();
  });
});
