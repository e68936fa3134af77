import type { APIGatewayProxyEvent, Context, StreamifyHandler } from 'aws-lambda';
import type { Writable } from 'node:stream';
import { once } from 'node:events';
import { answered, httpEntry, isAsyncIterable, type Door } from './http-entry.ts';
import { inInvocation } from './invocation.ts';

const HEARTBEAT_MS = 10_000;
/** Shorter than the margin between a call's deadline and its function's. */
const READER_STALL_MS = 8_000;
const HEARTBEAT = ': keep-alive\n\n';

type StreamHandler = StreamifyHandler<APIGatewayProxyEvent, void>;
type BufferedHandler = ReturnType<typeof httpEntry>;

/** A REST entry whose answer may be a stream; a stage without response streaming gets the same bytes at the end. */
export const streamEntry = <R extends { readonly requestId: string }>(
  door: Door<R>,
  streaming: 'response' | 'buffered',
): StreamHandler | BufferedHandler => (streaming === 'response' ? streamed(door) : httpEntry(door));

/** A body is read to its end even when nobody listens any more. */
const streamed = <R extends { readonly requestId: string }>(door: Door<R>): StreamHandler =>
  awslambda.streamifyResponse(async (event, responseStream, context) => {
    const request = door.read(event);
    await inInvocation(
      door.facts(request),
      async () => await answerInto(door, request, responseStream, context),
    );
  });

const answerInto = async <R extends { readonly requestId: string }>(
  door: Door<R>,
  request: R,
  responseStream: Writable,
  context: Context,
): Promise<void> => {
  const answer = await answered(door, request, context);
  const out = awslambda.HttpResponseStream.from(responseStream, {
    statusCode: answer.status,
    headers: {
      'content-type': 'application/json',
      ...door.headers(request),
      ...answer.headers,
      'x-request-id': request.requestId,
    },
  });
  out.on('error', () => undefined);
  if (isAsyncIterable(answer.body)) await drain(answer.body, out);
  else out.write(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
  out.end();
};

/** Writes with backpressure while somebody reads; a comment after each 10 s of silence keeps the connection. */
const drain = async (body: AsyncIterable<Uint8Array>, out: Writable): Promise<void> => {
  let isGone = false;
  out.on('error', () => {
    isGone = true;
  });
  const heartbeat = setInterval(() => {
    if (!isGone && !out.writableNeedDrain) out.write(HEARTBEAT);
  }, HEARTBEAT_MS);
  try {
    for await (const bytes of body) {
      heartbeat.refresh();
      if (isGone || out.destroyed || out.write(bytes)) continue;
      isGone = !(await isDrained(out));
    }
  } finally {
    clearInterval(heartbeat);
  }
};

/** A reader that takes nothing for so long is gone: the body goes on without it, so that the call settles. */
const isDrained = async (out: Writable): Promise<boolean> => {
  try {
    await once(out, 'drain', { signal: AbortSignal.timeout(READER_STALL_MS) });
    return true;
  } catch {
    return false;
  }
};
