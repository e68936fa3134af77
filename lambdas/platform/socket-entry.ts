import type { Context } from 'aws-lambda';
import * as z from 'zod';
import type { AppError } from '../shared/app-error.ts';
import { knownError } from './http-entry.ts';
import { inInvocation } from './invocation.ts';
import { countColdStart } from './metrics.ts';

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-integration-requests.html */
const eventSchema = z.object({
  headers: z.record(z.string(), z.string().optional()).nullish(),
  queryStringParameters: z.record(z.string(), z.string().optional()).nullish(),
  body: z.string().nullish(),
  requestContext: z.object({
    connectionId: z.string(),
    requestId: z.string(),
    connectedAt: z.number(),
  }),
});

/** One event of a socket: its beginning, a message, or its end. */
export interface SocketRequest {
  readonly connectionId: string;
  readonly requestId: string;
  readonly connectedAtMs: number;
  /** Lower-case names; only those of the handshake matter. */
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly text: string;
}

/** What the handshake, or a message, is answered with; the end of a socket is answered to nobody. */
export interface SocketAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A frame for the sender of a message. */
  readonly text?: string;
}

export interface SocketDoor {
  answer(request: SocketRequest, context: Context): Promise<SocketAnswer>;
  errorAnswer(error: AppError, request: SocketRequest): Promise<SocketAnswer>;
}

interface RouteResult {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** An entry of the WebSocket API: parse, answer, and one log line for what failed. */
export const socketEntry =
  (door: SocketDoor) =>
  async (event: unknown, context: Context): Promise<RouteResult> => {
    const request = requestOf(event);
    return await inInvocation({ request_id: request.requestId }, async () => {
      countColdStart(context.functionName);
      const { status, headers = {}, text } = await answered(door, request, context);
      return { statusCode: status, headers, ...(text === undefined ? {} : { body: text }) };
    });
  };

const answered = async (
  door: SocketDoor,
  request: SocketRequest,
  context: Context,
): Promise<SocketAnswer> => {
  try {
    return await door.answer(request, context);
  } catch (error) {
    return await door.errorAnswer(knownError(error, context.functionName), request);
  }
};

const requestOf = (event: unknown): SocketRequest => {
  const { requestContext, headers, queryStringParameters, body } = eventSchema.parse(event);
  return {
    connectionId: requestContext.connectionId,
    requestId: requestContext.requestId,
    connectedAtMs: requestContext.connectedAt,
    headers: Object.fromEntries(
      entriesOf(headers).map(([name, value]) => [name.toLowerCase(), value]),
    ),
    query: Object.fromEntries(entriesOf(queryStringParameters)),
    text: body ?? '',
  };
};

const entriesOf = (
  record: Readonly<Record<string, string | undefined>> | null | undefined,
): (readonly [string, string])[] =>
  Object.entries(record ?? {}).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
