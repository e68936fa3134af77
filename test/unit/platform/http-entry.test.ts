import type { APIGatewayProxyEvent, Context } from 'aws-lambda';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { httpEntry } from '../../../lambdas/platform/http-entry.ts';

const EVERY_BYTE = Uint8Array.from({ length: 256 }, (_, byte) => byte);

const answerOf = async (body: unknown, headers: Readonly<Record<string, string>> = {}) => {
  const handler = httpEntry({
    read: () => ({ requestId: 'req_1' }),
    facts: () => ({}),
    answer: async () => await Promise.resolve({ status: 200, headers, body }),
    errorAnswer: ({ status, code }) => ({ status, body: { code } }),
    headers: () => ({}),
    waitsFor: () => 'document',
  });
  const context = z.custom<Context>().parse({ functionName: 'test' });
  return await handler(z.custom<APIGatewayProxyEvent>().parse({}), context);
};
async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (const byte of bytes) yield await Promise.resolve(Uint8Array.of(byte));
}

describe('a buffered answer', () => {
  test.each([
    ['bytes', EVERY_BYTE],
    ['bytes in pieces', pieces(EVERY_BYTE)],
  ])('carries %s that are no text as base64, byte for byte', async (_, body) => {
    const answer = await answerOf(body, { 'content-type': 'audio/mpeg' });
    expect(answer).toMatchObject({
      statusCode: 200,
      isBase64Encoded: true,
      headers: { 'content-type': 'audio/mpeg' },
    });
    expect([...Buffer.from(answer.body, 'base64')]).toEqual([...EVERY_BYTE]);
  });

  test.each([
    ['bytes', Buffer.from('\u{feff}Grüße')],
    // Cut inside characters.
    ['bytes in pieces', pieces(Buffer.from('\u{feff}Grüße'))],
  ])('carries %s that are text as text, which every client can read', async (_, body) => {
    const answer = await answerOf(body);
    expect(answer.isBase64Encoded).toBeUndefined();
    expect(Buffer.from(answer.body)).toEqual(Buffer.from('\u{feff}Grüße'));
  });

  test.each([
    ['text', 'x', 'text/plain; charset=utf-8'],
    ['JSON', { x: 1 }, 'application/json'],
    ['bytes', EVERY_BYTE, 'application/octet-stream'],
    ['pieces', pieces(Buffer.from('x')), 'text/plain; charset=utf-8'],
  ])('that does not say what it is is taken for what %s are', async (_, body, type) => {
    expect((await answerOf(body)).headers).toMatchObject({ 'content-type': type });
  });

  test.each([
    ['text', 'x'.repeat(6_225_920), false],
    ['text', 'x'.repeat(6_225_918), true],
    ['text with escapes', '"'.repeat(3_112_960), false],
    ['bytes', Buffer.alloc(4_669_441, 0xff), false],
    ['bytes', Buffer.alloc(4_669_440, 0xff), true],
  ])('of so much %s fits Lambda or is an error that says so', async (_, body, isFine) => {
    const answer = await answerOf(body);
    expect(answer.statusCode).toBe(isFine ? 200 : 400);
    if (!isFine) expect(answer.body).toBe('{"code":"answer_too_large"}');
  });
});
