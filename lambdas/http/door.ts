import type { Context } from 'aws-lambda';
import * as z from 'zod';
import { systemClock } from '../platform/clock.ts';
import type { Door, HttpAnswer } from '../platform/http-entry.ts';
import { AppError } from '../shared/app-error.ts';
import { bodyText } from './body.ts';
import { corsHeaders, preflightHeaders } from './cors.ts';
import { errorBody, type Dialect } from './errors.ts';
import { readRequest, type HttpRequest } from './request.ts';
import { type KeyCredential, invalidKey } from '../shared/credential.ts';

export type Handler = (request: HttpRequest, context: Context) => Promise<HttpAnswer>;

type WaitsFor = Door<HttpRequest>['waitsFor'];

/** Events where the request asks for them, else a document. */
export const eventsWhere =
  (asksForStream: (request: HttpRequest) => boolean): WaitsFor =>
  (request) =>
    asksForStream(request) ? 'events' : 'document';

/** The front door of one entry: errors in the dialect of the route, CORS on every answer. */
export const httpDoor = (
  corsOrigins: string,
  dialectOf: (request: HttpRequest) => Dialect,
  answer: Handler,
  waitsFor: WaitsFor = eventsWhere(hasStreamSwitch),
): Door<HttpRequest> => ({
  read: (event) => readRequest(event, systemClock.nowMs()),
  facts: ({ requestId, secret }) => ({
    request_id: requestId,
    ...(secret !== null && secret.kind !== 'malformed' ? { key_id: secret.keyId } : {}),
  }),
  answer: async (request, context) =>
    methodOf(request) === 'OPTIONS' ? preflightAnswer(request) : await answer(request, context),
  errorAnswer: (error, request) => ({
    status: error.status,
    headers: {
      'x-should-retry': String(error.retryable),
      ...(error.retryAfterSeconds === null
        ? {}
        : { 'retry-after': String(error.retryAfterSeconds) }),
      ...(error instanceof MethodNotAllowed ? { allow: error.allow } : {}),
    },
    body: errorBody(dialectOf(request), error, request.requestId),
  }),
  headers: (request) => corsHeaders(corsOrigins, request.headers['origin']),
  waitsFor,
});

const streamed = z.object({ stream: z.literal(true) });

function hasStreamSwitch(request: HttpRequest): boolean {
  try {
    return streamed.safeParse(JSON.parse(bodyText(request))).success;
  } catch {
    return false;
  }
}

/**
 * Picks the handler of a route. A resource of the front door has every method, so those that it does not answer end
 * here. `elsewhere` has the routes of the same resources that another function answers.
 */
export const byRoute = (
  handlers: Readonly<Record<string, Handler>>,
  elsewhere: readonly string[] = [],
): Handler => {
  const routes = [...Object.keys(handlers), ...elsewhere];
  return async (request, context) => {
    const handler = handlers[request.route];
    if (handler === undefined) throw new MethodNotAllowed(request, routes);
    return await handler(request, context);
  };
};

/** A path that is there, asked with a method that it does not answer (RFC 9110, section 15.5.6). */
class MethodNotAllowed extends AppError {
  readonly allow: string;

  constructor(request: HttpRequest, routes: readonly string[]) {
    const answered = routes.flatMap((route) => {
      const [method = '', resource = ''] = route.split(' ');
      return request.route.endsWith(` ${resource}`) ? [method] : [];
    });
    super({
      code: 'method_not_allowed',
      publicMessage: `${methodOf(request)} ${request.path} does not exist. It answers ${answered.join(', ')}.`,
    });
    this.allow = allowOf(answered);
  }
}

/** A GET is answered as HEAD too, and OPTIONS is answered everywhere. */
const allowOf = (methods: readonly string[]): string =>
  [...methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])), 'OPTIONS'].join(
    ', ',
  );

const methodOf = ({ route }: HttpRequest): string => route.split(' ')[0] ?? '';

const preflightAnswer = ({ headers }: HttpRequest): HttpAnswer => ({
  status: 204,
  headers: preflightHeaders(headers['access-control-request-headers']),
  body: '',
});

export const routeNotFound = (request: HttpRequest): AppError =>
  new AppError({
    code: 'route_not_found',
    publicMessage: `${methodOf(request)} ${request.path} does not exist.`,
  });

/** The presented key, readable and with a right checksum. */
export const credentialOf = ({ secret, query }: HttpRequest): KeyCredential => {
  if (secret === null)
    throw new AppError({
      code: 'missing_api_key',
      publicMessage:
        query['key'] === undefined
          ? 'Send a key as `Authorization: Bearer <key>` or `x-api-key`.'
          : 'Send the key as a header, `x-goog-api-key` or `Authorization: Bearer <key>`: addresses are written into logs.',
    });
  if (secret.kind === 'malformed') throw invalidKey();
  return secret;
};
