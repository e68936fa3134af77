import { EventEmitter, once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { PassThrough, type Readable, type Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { APIGatewayProxyEvent, Context } from 'aws-lambda';
import type { Door, HttpAnswer } from '../../../lambdas/platform/http-entry.ts';
import { streamEntry } from '../../../lambdas/platform/stream-entry.ts';
import * as z from 'zod';

const door = (
  body: unknown,
  fields: Partial<HttpAnswer> = {},
): Door<{ readonly requestId: string }> => ({
  read: () => ({ requestId: 'req_1' }),
  facts: ({ requestId }) => ({ request_id: requestId }),
  answer: async () =>
    await Promise.resolve({
      status: 200,
      headers: { 'content-type': 'text/event-stream' },
      ...fields,
      body,
    }),
  errorAnswer: (error) => ({ status: error.status, body: { code: error.code } }),
  headers: () => ({}),
  waitsFor: () => 'events',
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
    'x-accel-buffering': 'no',
    'x-request-id': 'req_1',
    'request-id': 'req_1',
  });
});

/** Nobody reads it, so nobody may begin it. */
const unread: AsyncIterable<Uint8Array> = {
  [Symbol.asyncIterator]: () => {
    throw new Error('it is begun');
  },
};

test('where a stage cannot stream, HEAD of a stream does not wait for its end', async () => {
  const handler = streamEntry(door(unread), 'buffered');
  const answer: unknown = await Reflect.apply(handler, null, [{ httpMethod: 'HEAD' }, context]);
  expect(answer).toMatchObject({
    statusCode: 200,
    headers: { 'content-type': 'text/event-stream' },
    body: '',
  });
});

const event: Partial<APIGatewayProxyEvent> = {};
const context: Partial<Context> = {};

const limits = {
  heartbeatMs: 40,
  headAfterMs: 5_000,
  heldOpenAfterMs: 5_000,
  readerStallMs: 60,
  keptBytesMax: 100_000,
};
const sent: { statusCode: number; headers: Record<string, string> }[] = [];
/** Lambda's own globals, on a stream of this machine. */
const lambda = {
  streamifyResponse: (handler: unknown) => handler,
  HttpResponseStream: {
    from: (stream: Writable, metadata: (typeof sent)[number]) => {
      sent.push(metadata);
      return stream;
    },
  },
};
beforeAll(() => void Object.assign(globalThis, { awslambda: lambda }));
afterAll(() => void Reflect.deleteProperty(globalThis, 'awslambda'));

/** A timer of a millisecond went off so often: whatever waits for as long has had its turn. */
const ticks = async (count: number): Promise<void> => {
  for (let tick = 0; tick < count; tick++) await setTimeout(1);
};

describe('a stream', () => {
  const run = async (
    body: unknown,
    out: Writable,
    fields: Partial<HttpAnswer> = {},
  ): Promise<void> =>
    await Reflect.apply(streamEntry(door(body, fields), 'response', limits), null, [
      event,
      out,
      context,
    ]);

  test('is not begun for HEAD, which has its status and headers', async () => {
    await run(pieces(), new PassThrough());
    const asked = sent.at(-1);
    const out = new PassThrough();
    await Reflect.apply(streamEntry(door(unread), 'response', limits), null, [
      { httpMethod: 'HEAD' },
      out,
      context,
    ]);
    expect(sent.at(-1)).toEqual(asked);
    expect(out.writableEnded).toBe(true);
    expect(collected(out)).toBe('');
  });

  const collected = (out: Readable): string => String(out.read() ?? '');
  async function* many(count: number, ended: { value: boolean }): AsyncGenerator<Uint8Array> {
    for (let index = 0; index < count; index++) yield Buffer.alloc(1_000, 'x');
    ended.value = true;
  }

  test('goes out as it comes, with its status and headers first', async () => {
    const out = new PassThrough();
    await run(pieces(), out);
    expect(collected(out)).toBe('data: Grüße\n\ndata: [DONE]\n\n');
    expect(sent.at(-1)).toMatchObject({
      statusCode: 200,
      headers: { 'x-request-id': 'req_1', 'x-accel-buffering': 'no' },
    });
  });

  test.each([
    ['comments', {}, ': keep-alive\n\n'],
    [
      'what it says itself',
      { heartbeat: 'event: ping\ndata: {}\n\n' },
      'event: ping\ndata: {}\n\n',
    ],
  ])(
    'is kept alive by %s while it is silent, and never inside an event',
    async (_, fields, beat) => {
      const out = new PassThrough();
      const gate = new EventEmitter();
      const body = (async function* () {
        yield Buffer.from('data: 1\n\n');
        await once(gate, 'go');
        yield Buffer.from('data: 2\n\n');
      })();
      const running = run(body, out, fields);
      let text = '';
      out.on('data', (piece: Buffer) => {
        text += piece.toString();
        if (text.split(beat).length > 3) gate.emit('go');
      });
      await running;
      expect(text.replaceAll(beat, '')).toBe('data: 1\n\ndata: 2\n\n');
    },
  );

  test('that is silent at first shows its status and headers all the same', async () => {
    const out = new PassThrough();
    const gate = new EventEmitter();
    const body = (async function* () {
      await once(gate, 'go');
      yield Buffer.from('data: 1\n\n');
    })();
    const patient = { ...limits, heartbeatMs: 60_000, headAfterMs: 10 };
    const handler = streamEntry(door(body), 'response', patient);
    const running: Promise<void> = Reflect.apply(handler, null, [event, out, context]);
    const seen: string[] = [];
    out.on('data', (piece: Buffer) => {
      seen.push(piece.toString());
      gate.emit('go');
    });
    await running;
    expect(seen).toEqual([': keep-alive\n\n', 'data: 1\n\n']);
  });

  test.each(['audio/mpeg', 'application/json'])(
    'of %s gets nothing between its bytes, however silent it is',
    async (type) => {
      const out = new PassThrough();
      const bytes = Buffer.from([0, 255, 128, 10]);
      const silent = { ...limits, heartbeatMs: 1, headAfterMs: 1 };
      const body = (async function* () {
        for (const byte of bytes) {
          await ticks(5);
          yield Uint8Array.of(byte);
        }
      })();
      const spoken = door(body, { headers: { 'content-type': type } });
      await Reflect.apply(streamEntry(spoken, 'response', silent), null, [event, out, context]);
      expect(out.read()).toEqual(bytes);
    },
  );

  test('is read to its end when its reader left', async () => {
    const ended = { value: false };
    const out = new PassThrough();
    out.destroy();
    await run(many(50, ended), out);
    expect(ended.value).toBe(true);
  });

  test('is read to its end when its reader broke off with an error', async () => {
    const ended = { value: false };
    const out = new PassThrough();
    queueMicrotask(() => out.destroy(new Error('reset')));
    await run(many(50, ended), out);
    expect(ended.value).toBe(true);
  });

  test('does not wait for a reader that takes nothing, and keeps what that one missed', async () => {
    const ended = { value: false };
    const out = new PassThrough({ highWaterMark: 2_000 });
    await run(many(60, ended), out);
    expect(ended.value).toBe(true);
    let bytes = 0;
    for await (const piece of out) bytes += Buffer.from(piece).length;
    expect(bytes).toBe(60_000);
  });

  test('keeps no more than its limit for a reader that takes nothing', async () => {
    const ended = { value: false };
    const out = new PassThrough({ highWaterMark: 2_000 });
    await run(many(500, ended), out);
    expect(ended.value).toBe(true);
    expect(out.writableLength + out.readableLength).toBeLessThan(110_000);
    out.destroy();
  });
});

describe('bytes that are no text', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);

  test('go out as they are, and nothing stands before them however long they take', async () => {
    const out = new PassThrough();
    const slow = {
      ...door(null),
      waitsFor: () => 'bytes' as const,
      answer: async () => {
        await ticks(10);
        return { status: 201, body: bytes };
      },
    };
    const hasty = { ...limits, heartbeatMs: 1, headAfterMs: 1, heldOpenAfterMs: 2 };
    await Reflect.apply(streamEntry(slow, 'response', hasty), null, [event, out, context]);
    expect(out.read()).toEqual(Buffer.from(bytes));
    expect(sent.at(-1)).toMatchObject({
      statusCode: 201,
      headers: { 'content-type': 'application/octet-stream' },
    });
  });
});
