import { expect, test } from 'vitest';
import type { APIGatewayProxyEvent, Context } from 'aws-lambda';
import type { Door } from '../../lambdas/platform/http-entry.ts';
import { streamEntry } from '../../lambdas/platform/stream-entry.ts';
import * as z from 'zod';

const door = (body: unknown): Door<{ readonly requestId: string }> => ({
  read: () => ({ requestId: 'req_1' }),
  facts: ({ requestId }) => ({ request_id: requestId }),
  answer: async () =>
    await Promise.resolve({ status: 200, headers: { 'content-type': 'text/event-stream' }, body }),
  errorAnswer: (error) => ({ status: error.status, body: { code: error.code } }),
  headers: () => ({}),
});

async function* pieces(): AsyncGenerator<Uint8Array> {
  // Cut inside a character: text may be put together only after the last byte.
  const bytes = Buffer.from('data: Grüße\n\ndata: [DONE]\n\n');
  yield bytes.subarray(0, 9);
  yield await Promise.resolve(bytes.subarray(9));
}

test('where a stage cannot stream, a stream is answered whole, byte for byte', async () => {
  const handler = streamEntry(door(pieces()), 'buffered');
  const answer = z
    .object({ statusCode: z.number(), headers: z.record(z.string(), z.string()), body: z.string() })
    .parse(await Reflect.apply(handler, null, [event, context]));
  expect(answer.body).toBe('data: Grüße\n\ndata: [DONE]\n\n');
  expect(answer.headers).toMatchObject({
    'content-type': 'text/event-stream',
    'x-request-id': 'req_1',
  });
});

const event: Partial<APIGatewayProxyEvent> = {};
const context: Partial<Context> = {};
