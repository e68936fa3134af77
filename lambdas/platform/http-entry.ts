import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import { AppError } from '../shared/app-error.ts';
import {
  ANSWER_BYTES_MAX,
  fits,
  isAsyncIterable,
  lambdaBody,
  pieceOf,
  typeOf,
  wholeBody,
} from './answer-body.ts';
import { inInvocation, type InvocationFacts } from './invocation.ts';
import { logger, report } from './logger.ts';
import { countColdStart, recordMetrics } from './metrics.ts';

/** What a handler answers; the door adds its own headers. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text and bytes as they are, pieces of bytes one after the other, anything else as JSON. */
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
  /** What may be sent before its answer is known: comments of a stream, white space before a document, nothing before other bytes. */
  waitsFor(request: R): 'events' | 'document' | 'bytes';
}

/** A buffered REST entry: parse, answer, and one log line for what failed. */
export const httpEntry =
  <R extends { readonly requestId: string }>(door: Door<R>) =>
  async (event: APIGatewayProxyEvent, context: Context): Promise<APIGatewayProxyResult> => {
    const request = door.read(event);
    const answer = await inInvocation(
      door.facts(request),
      async () =>
        await whole(door, request, forMethod(event, await answered(door, request, context))),
    );
    return {
      statusCode: answer.status,
      headers: answerHeaders(door, request, { 'content-type': answer.type, ...answer.headers }),
      ...answer.body,
    };
  };

/** Nobody reads the body of a HEAD, and it may take as long as its run: a body that comes in pieces is not begun. */
export const forMethod = (
  { httpMethod }: Pick<APIGatewayProxyEvent, 'httpMethod'>,
  answer: HttpAnswer,
): HttpAnswer =>
  httpMethod === 'HEAD' && isAsyncIterable(answer.body) ? { ...answer, body: '' } : answer;

/** What every answer has beside its own. A proxy in front that gathers what it passes on would keep a stream's words back. */
export const answerHeaders = <R extends { readonly requestId: string }>(
  door: Door<R>,
  request: R,
  own: Readonly<Record<string, string>>,
): Record<string, string> => ({
  ...door.headers(request),
  ...own,
  ...(own['content-type']?.startsWith('text/event-stream') === true
    ? { 'x-accel-buffering': 'no' }
    : {}),
  'x-request-id': request.requestId,
  // The SDKs of Anthropic read their request's id here, and those of a vendor that passes its own theirs.
  'request-id': own['request-id'] ?? request.requestId,
});

/** The answer in one piece. What does not fit Lambda's answer is an error that says so, not a broken connection. */
const whole = async <R extends { readonly requestId: string }>(
  door: Door<R>,
  request: R,
  answer: HttpAnswer,
) => {
  const body = lambdaBody(await wholeBody(answer.body));
  if (fits(body)) return { ...answer, body, type: typeOf(answer.body) };
  const error = new AppError({
    code: 'answer_too_large',
    publicMessage: `The answer passes ${ANSWER_BYTES_MAX} bytes: ask for less.`,
  });
  const told = door.errorAnswer(error, request);
  return { ...told, body: lambdaBody(pieceOf(told.body)), type: typeOf(told.body) };
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

/** Logs once; what is not an AppError is a defect of ours and shows the world nothing. */
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
