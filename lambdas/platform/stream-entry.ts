import type { APIGatewayProxyEvent, StreamifyHandler } from 'aws-lambda';
import type { Writable } from 'node:stream';
import { once } from 'node:events';
import { isAsyncIterable, pieceOf, typeOf } from './answer-body.ts';
import {
  answerHeaders,
  answered,
  forMethod,
  httpEntry,
  type Door,
  type HttpAnswer,
} from './http-entry.ts';
import { HELD_OPEN_AFTER_MS, keptAlive, lateText, soon } from './hold-open.ts';
import { inInvocation } from './invocation.ts';

export interface StreamLimits {
  readonly heartbeatMs: number;
  /** Lambda sends an answer's status and headers with its first byte: a body that is silent for so long begins with a comment. */
  readonly headAfterMs: number;
  /** An answer that is not there by then is held open. */
  readonly heldOpenAfterMs: number;
  /** How long a reader that reads nothing holds up the body; shorter than the margin after a call's deadline. */
  readonly readerStallMs: number;
  /** What is kept for such a reader while the body continues. */
  readonly keptBytesMax: number;
}
const LIMITS: StreamLimits = {
  heartbeatMs: 10_000,
  headAfterMs: 250,
  heldOpenAfterMs: HELD_OPEN_AFTER_MS,
  readerStallMs: 8_000,
  keptBytesMax: 16_777_216,
};
const HEARTBEAT = ': keep-alive\n\n';
const EVENTS = 'text/event-stream';
const EVENT_HEADERS = { 'content-type': `${EVENTS}; charset=utf-8`, 'cache-control': 'no-cache' };

type StreamHandler = StreamifyHandler<APIGatewayProxyEvent, void>;
type BufferedHandler = ReturnType<typeof httpEntry>;

/** A REST entry whose answer may be a stream; a stage without response streaming gets the same bytes at the end. */
export const streamEntry = <R extends { readonly requestId: string }>(
  door: Door<R>,
  streaming: 'response' | 'buffered',
  limits: StreamLimits = LIMITS,
): StreamHandler | BufferedHandler =>
  streaming === 'response' ? streamed(door, limits) : httpEntry(door);

/** A body is read to its end even when nobody listens any more. */
const streamed = <R extends { readonly requestId: string }>(
  door: Door<R>,
  limits: StreamLimits,
): StreamHandler =>
  awslambda.streamifyResponse(async (event, responseStream, context) => {
    const request = door.read(event);
    await inInvocation(
      door.facts(request),
      async () =>
        await answerInto(
          door,
          request,
          answered(door, request, context).then((answer) => forMethod(event, answer)),
          responseStream,
          limits,
        ),
    );
  });

const answerInto = async <R extends { readonly requestId: string }>(
  door: Door<R>,
  request: R,
  answering: Promise<HttpAnswer>,
  responseStream: Writable,
  limits: StreamLimits,
): Promise<void> => {
  const begin = (status: number, headers: Readonly<Record<string, string>>): Writable => {
    const out = awslambda.HttpResponseStream.from(responseStream, {
      statusCode: status,
      headers: answerHeaders(door, request, headers),
    });
    out.on('error', () => undefined);
    return out;
  };
  const sent = async (answer: HttpAnswer): Promise<void> => {
    const out = begin(answer.status, { 'content-type': typeOf(answer.body), ...answer.headers });
    await finish(answer, out, limits);
  };
  const early = await soon(answering, limits.heldOpenAfterMs);
  if (early !== null) return await sent(early);
  const awaited = door.waitsFor(request);
  if (awaited === 'bytes') return await sent(await answering);
  const isEvents = awaited === 'events';
  const out = begin(200, isEvents ? EVENT_HEADERS : { 'content-type': 'application/json' });
  const beat = { space: isEvents ? HEARTBEAT : '\n', everyMs: limits.heartbeatMs };
  const late = await keptAlive(answering, out, beat);
  const body = isAsyncIterable(late.body) ? late.body : lateText(late, isEvents);
  await finish({ ...late, body }, out, limits);
};

const finish = async (
  { body, headers, heartbeat }: HttpAnswer,
  out: Writable,
  limits: StreamLimits,
): Promise<void> => {
  // Into other bytes than a stream of events nothing may be put.
  const isEvents = headers?.['content-type']?.startsWith(EVENTS) === true;
  const beat = heartbeat ?? (isEvents ? HEARTBEAT : null);
  if (isAsyncIterable(body)) await drain(body, out, { ...limits, heartbeat: beat });
  else out.write(pieceOf(body));
  out.end();
};

/** Writes with backpressure while somebody reads; a heartbeat after each span of silence keeps the connection. */
const drain = async (
  body: AsyncIterable<Uint8Array>,
  out: Writable,
  limits: StreamLimits & { readonly heartbeat: string | null },
): Promise<void> => {
  let isGone = false;
  let isStalled = false;
  out.on('error', () => {
    isGone = true;
  });
  const beat = (text: string): void => {
    if (!isGone && !out.writableNeedDrain) out.write(text);
  };
  const { heartbeat } = limits;
  const beats = heartbeat === null ? null : setInterval(() => beat(heartbeat), limits.heartbeatMs);
  const head = heartbeat === null ? null : setTimeout(() => beat(HEARTBEAT), limits.headAfterMs);
  try {
    for await (const bytes of body) {
      if (head !== null) clearTimeout(head);
      beats?.refresh();
      if (isGone || out.destroyed) continue;
      if (out.write(bytes)) isStalled = false;
      else if (isStalled) isGone = out.writableLength > limits.keptBytesMax;
      else isStalled = !(await isDrained(out, limits.readerStallMs));
    }
  } finally {
    if (head !== null) clearTimeout(head);
    if (beats !== null) clearInterval(beats);
  }
};

/** The body does not wait longer for a reader that reads nothing, so that the call settles; what it missed is kept. */
const isDrained = async (out: Writable, withinMs: number): Promise<boolean> => {
  try {
    await once(out, 'drain', { signal: AbortSignal.timeout(withinMs) });
    return true;
  } catch {
    return false;
  }
};
