import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import { AppError } from '../shared/app-error.ts';
import { inInvocation, type InvocationFacts } from './invocation.ts';
import { logger, report } from './logger.ts';
import { countColdStart, recordMetrics } from './metrics.ts';

/** Of a whole answer, as JSON escapes it. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const ANSWER_BYTES_MAX = 6_291_456 - 65_536;

/** What a handler answers; the door adds its own headers. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text as it is, pieces of text one after the other, anything else as JSON. */
  readonly body: unknown;
  /** Of a stream of events: what its reader gets in each span of silence, a comment unless said otherwise. */
  readonly heartbeat?: string;
}

/** How a room reads its requests and shows its errors. */
export interface Door<R extends { readonly requestId: string }> {
  read(event: APIGatewayProxyEvent): R;
  /** What each log line of this request carries. */
  facts(request: R): InvocationFacts;
  answer(request: R, context: Context): Promise<HttpAnswer>;
  errorAnswer(error: AppError, request: R): HttpAnswer;
  headers(request: R): Readonly<Record<string, string>>;
  /** Does it wait for a stream of events, or for one document? */
  wantsEvents(request: R): boolean;
}

/** A buffered REST entry: parse, answer, and one log line for what failed. */
export const httpEntry =
  <R extends { readonly requestId: string }>(door: Door<R>) =>
  async (event: APIGatewayProxyEvent, context: Context): Promise<APIGatewayProxyResult> => {
    const request = door.read(event);
    const { text, ...answer } = await inInvocation(door.facts(request), async () => {
      const made = fitting(door, request, await answered(door, request, context));
      return { ...made, text: await wholeText(made.body) };
    });
    return {
      statusCode: answer.status,
      headers: {
        'content-type': text === null ? 'application/json' : 'text/plain; charset=utf-8',
        ...door.headers(request),
        ...answer.headers,
        'x-request-id': request.requestId,
      },
      body: text ?? JSON.stringify(answer.body),
    };
  };

/** What does not fit Lambda's answer is an error that says so, not a broken connection. */
const fitting = <R extends { readonly requestId: string }>(
  door: Door<R>,
  request: R,
  answer: HttpAnswer,
): HttpAnswer => {
  if (isAsyncIterable(answer.body)) return answer;
  const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
  // Escaping makes at most six bytes of one.
  if (text.length * 6 <= ANSWER_BYTES_MAX) return answer;
  if (Buffer.byteLength(JSON.stringify(text)) <= ANSWER_BYTES_MAX) return answer;
  const error = new AppError({
    code: 'answer_too_large',
    publicMessage: `The answer passes ${ANSWER_BYTES_MAX} bytes: ask for less.`,
  });
  return door.errorAnswer(error, request);
};

export const isAsyncIterable = (body: unknown): body is AsyncIterable<Uint8Array> =>
  typeof body === 'object' && body !== null && Symbol.asyncIterator in body;

/** A body that is text already, or that comes in pieces; null for one that is to become JSON. */
const wholeText = async (body: unknown): Promise<string | null> => {
  if (typeof body === 'string') return body;
  if (!isAsyncIterable(body)) return null;
  const pieces: Uint8Array[] = [];
  for await (const bytes of body) pieces.push(bytes);
  return Buffer.concat(pieces).toString('utf8');
};

/** The room's answer, or its error in the room's own shape. */
export const answered = async <R extends { readonly requestId: string }>(
  door: Door<R>,
  request: R,
  context: Context,
): Promise<HttpAnswer> => {
  countColdStart(context.functionName);
  try {
    return await door.answer(request, context);
  } catch (error) {
    return door.errorAnswer(knownError(error, context.functionName), request);
  }
};

/** Logs once; what is not an AppError is a defect of ours and tells the world nothing. */
export const knownError = (error: unknown, functionName: string): AppError => {
  if (error instanceof AppError) {
    if (error.status >= 500) logger.warn(error.code, { internal: error.internal });
    return error;
  }
  report('unexpected failure', error);
  recordMetrics({ unexpectedFailures: 1 }, { by: { function: functionName } });
  return new AppError({
    code: 'internal',
    publicMessage: 'Something failed inside.',
    cause: error,
  });
};
