import * as Anthropic from '@anthropic-ai/sdk';
import type { APIGatewayProxyEvent, Context } from 'aws-lambda';
import { PassThrough, type Writable } from 'node:stream';
import * as OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { httpDoor } from '../../../lambdas/http/door.ts';
import type { Dialect } from '../../../lambdas/http/errors.ts';
import type { HttpAnswer } from '../../../lambdas/platform/http-entry.ts';
import { streamEntry } from '../../../lambdas/platform/stream-entry.ts';
import { AppError } from '../../../lambdas/shared/app-error.ts';

const heads: { statusCode: number; headers: Record<string, string> }[] = [];
const lambda = {
  streamifyResponse: (handler: unknown) => handler,
  HttpResponseStream: {
    from: (stream: Writable, head: (typeof heads)[number]) => {
      heads.push(head);
      return stream;
    },
  },
};
beforeAll(() => void Object.assign(globalThis, { awslambda: lambda }));
afterAll(() => void Reflect.deleteProperty(globalThis, 'awslambda'));

const LIMITS = {
  heartbeatMs: 5,
  headAfterMs: 5,
  heldOpenAfterMs: 20,
  readerStallMs: 60,
  keptBytesMax: 1_000,
};
const context = z.custom<Context>().parse({ functionName: 'test' });

/** One request through an entry whose answer comes only after several heartbeats were written. */
const late = async (
  dialect: Dialect,
  body: object,
  answer: () => HttpAnswer,
): Promise<Response> => {
  const out = new PassThrough();
  const beats = Promise.withResolvers<undefined>();
  let text = '';
  out.on('data', (bytes: Buffer) => {
    text += bytes.toString();
    if (text.split('\n').length > 6) beats.resolve(undefined);
  });
  const door = httpDoor(
    '*',
    () => dialect,
    async () => {
      await beats.promise;
      return answer();
    },
  );
  const event = z.custom<APIGatewayProxyEvent>().parse({
    httpMethod: 'POST',
    path: '/v1/x',
    resource: '/v1/x',
    headers: {},
    body: JSON.stringify(body),
  });
  await Reflect.apply(streamEntry(door, 'response', LIMITS), null, [event, out, context]);
  const head = heads.at(-1);
  return new Response(text, { status: head?.statusCode ?? 0, headers: head?.headers ?? {} });
};

const timedOut = (): HttpAnswer => {
  throw new AppError({ code: 'provider_timeout', publicMessage: 'The call reached its deadline.' });
};
async function* pieces(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield await Promise.resolve(Buffer.from(text));
}

const asked = (init?: { readonly body?: unknown }): object =>
  z.looseObject({}).parse(JSON.parse(z.string().parse(init?.body)));

const messages = [{ role: 'user' as const, content: 'think' }];
const openai = (answer: () => HttpAnswer) =>
  new OpenAI.OpenAI({
    apiKey: 'k',
    maxRetries: 0,
    fetch: async (_url, init) => await late('openai', asked(init), answer),
  });
const anthropic = (answer: () => HttpAnswer) =>
  new Anthropic.Anthropic({
    apiKey: 'k',
    maxRetries: 0,
    fetch: async (_url, init) => await late('anthropic', asked(init), answer),
  });
const failed = async (call: PromiseLike<unknown>): Promise<unknown> =>
  await call.then(
    () => null,
    (error: unknown) => error,
  );

describe('a call that was silent for so long that its connection was held open', () => {
  test('without a stream is the answer behind white space, as both SDKs read it', async () => {
    const chat = { choices: [{ message: { role: 'assistant', content: 'done' } }] };
    const completion = await openai(() => ({
      status: 200,
      body: JSON.stringify(chat),
    })).chat.completions.create({ model: 'o3', messages });
    expect(completion).toMatchObject(chat);
    expect(heads.at(-1)).toMatchObject({
      statusCode: 200,
      headers: {
        'content-type': 'application/json',
        'x-request-id': expect.stringMatching(/^req_/),
      },
    });
    const message = { type: 'message', content: [{ type: 'text', text: 'done' }] };
    expect(
      await anthropic(() => ({ status: 200, body: message })).messages.create({
        model: 'claude-haiku-4-5',
        max_tokens: 10,
        messages,
      }),
    ).toMatchObject(message);
  });

  test('without a stream that fails is never an answer, and tells its status and code', async () => {
    for (const answer of [
      timedOut,
      () => ({ status: 504, body: '{"error":{"code":"provider_timeout"}}' }),
    ]) {
      const raw = await late('openai', {}, answer);
      expect((await raw.text()).trim()).toMatch(/^504 \{"error":\{.*"code":"provider_timeout"/);
      expect(
        await failed(openai(answer).chat.completions.create({ model: 'o3', messages })),
      ).toBeInstanceOf(Error);
      expect(
        await failed(
          anthropic(answer).messages.create({ model: 'claude-x', max_tokens: 10, messages }),
        ),
      ).toBeInstanceOf(Error);
    }
  });

  test('with a stream goes on as events behind comments', async () => {
    const answer = () => ({
      status: 200,
      body: pieces('data: {"choices":[{"delta":{"content":"do', 'ne"}}]}\n\n', 'data: [DONE]\n\n'),
    });
    const stream = await openai(answer).chat.completions.create({
      model: 'o3',
      messages,
      stream: true,
    });
    const words = [];
    for await (const chunk of stream) words.push(chunk.choices[0]?.delta.content);
    expect(words).toEqual(['done']);
    expect(heads.at(-1)?.headers['content-type']).toMatch(/^text\/event-stream/);
  });

  test('with a stream that fails is the error event of its dialect', async () => {
    const chunks = async (): Promise<void> => {
      const stream = await openai(timedOut).chat.completions.create({
        model: 'o3',
        messages,
        stream: true,
      });
      for await (const _chunk of stream) continue;
    };
    const ofOpenAI = await failed(chunks());
    expect(ofOpenAI).toBeInstanceOf(OpenAI.APIError);
    expect(ofOpenAI).toMatchObject({ code: 'provider_timeout' });
    const ofAnthropic = await failed(
      anthropic(timedOut)
        .messages.stream({ model: 'claude-x', max_tokens: 10, messages })
        .finalMessage(),
    );
    expect(ofAnthropic).toBeInstanceOf(Anthropic.APIError);
    expect(ofAnthropic).toMatchObject({
      error: { type: 'error', error: { code: 'provider_timeout' } },
    });
  });
});
