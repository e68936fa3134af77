import type { Context } from 'aws-lambda';
import * as z from 'zod';
import { systemClock } from '../platform/clock.ts';
import type { Door, HttpAnswer } from '../platform/http-entry.ts';
import { AppError } from '../shared/app-error.ts';
import { bodyText } from './body.ts';
import { corsHeaders } from './cors.ts';
import { errorBody, type Dialect } from './errors.ts';
import { readRequest, type HttpRequest } from './request.ts';
import { type KeyCredential, invalidKey } from '../shared/credential.ts';

export type Handler = (request: HttpRequest, context: Context) => Promise<HttpAnswer>;

/** The front door of one entry: errors in the dialect of the route, CORS on every answer. */
export const httpDoor = (
  corsOrigins: string,
  dialectOf: (request: HttpRequest) => Dialect,
  answer: Handler,
): Door<HttpRequest> => ({
  read: (event) => readRequest(event, systemClock.nowMs()),
  facts: ({ requestId, secret }) => ({
    request_id: requestId,
    ...(secret !== null && secret.kind !== 'malformed' ? { key_id: secret.keyId } : {}),
  }),
  answer,
  errorAnswer: (error, request) => ({
    status: error.status,
    headers: {
      'x-should-retry': String(error.retryable),
      ...(error.retryAfterSeconds === null
        ? {}
        : { 'retry-after': String(error.retryAfterSeconds) }),
    },
    body: errorBody(dialectOf(request), error, request.requestId),
  }),
  headers: (request) => corsHeaders(corsOrigins, request.headers['origin']),
  waitsFor: (request) => (asksForStream(request) ? 'events' : 'document'),
});

const streamed = z.object({ stream: z.literal(true) });

const asksForStream = (request: HttpRequest): boolean => {
  try {
    return streamed.safeParse(JSON.parse(bodyText(request))).success;
  } catch {
    return false;
  }
};

/** Picks the handler of a route; the template names only these, so another one is a defect. */
export const byRoute =
  (handlers: Readonly<Record<string, Handler>>): Handler =>
  async (request, context) => {
    const handler = handlers[request.route];
    if (handler === undefined) throw routeNotFound(request);
    return await handler(request, context);
  };

export const routeNotFound = (request: HttpRequest): AppError =>
  new AppError({
    code: 'route_not_found',
    publicMessage: `${request.route.split(' ')[0] ?? ''} ${request.path} does not exist.`,
  });

/** The presented key, readable and with a right checksum. */
export const credentialOf = ({ secret }: HttpRequest): KeyCredential => {
  if (secret === null)
    throw new AppError({
      code: 'missing_api_key',
      publicMessage: 'Send a key as `Authorization: Bearer <key>` or `x-api-key`.',
    });
  if (secret.kind === 'malformed') throw invalidKey();
  return secret;
};
