import type { Context } from 'aws-lambda';
import * as z from 'zod';
import { systemClock } from '../platform/clock.ts';
import type { Door, HttpAnswer } from '../platform/http-entry.ts';
import { note } from '../platform/invocation.ts';
import { AppError } from '../shared/app-error.ts';
import type { KeyState } from './domain/key.ts';
import type { KeyCredential, KeyRegister } from './ports.ts';
import { invalidKey } from './usecases/take-hold.ts';
import { corsHeaders } from './formats/cors.ts';
import { errorBody, type Dialect } from './formats/error-body.ts';
import { readRequest, type GatewayRequest } from './formats/read-request.ts';

export type Handler = (request: GatewayRequest, context: Context) => Promise<HttpAnswer>;

/** The front door of one entry: errors in the dialect of the route, CORS on every answer. */
export const gatewayDoor = (
  corsOrigins: string,
  dialectOf: (request: GatewayRequest) => Dialect,
  answer: Handler,
): Door<GatewayRequest> => ({
  read: (event) => readRequest(event, systemClock.nowMs()),
  facts: ({ requestId, secret }) => ({
    request_id: requestId,
    ...(secret !== null && secret.kind !== 'malformed' ? { key_id: secret.keyId } : {}),
  }),
  answer,
  errorAnswer: (error, request) => ({
    status: error.status,
    headers:
      error.retryAfterSeconds === null ? {} : { 'retry-after': String(error.retryAfterSeconds) },
    body: errorBody(dialectOf(request), error, request.requestId),
  }),
  headers: (request) => corsHeaders(corsOrigins, request.headers['origin']),
  wantsEvents: ({ bodyText }) => asksForStream(bodyText),
});

const streamed = z.object({ stream: z.literal(true) });

const asksForStream = (bodyText: string): boolean => {
  try {
    return streamed.safeParse(JSON.parse(bodyText)).success;
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

export const routeNotFound = (request: GatewayRequest): AppError =>
  new AppError({
    code: 'route_not_found',
    publicMessage: `${request.route.split(' ')[0] ?? ''} ${request.path} does not exist.`,
  });

/** The presented key, readable and with a right checksum. */
export const credentialOf = ({ secret }: GatewayRequest): KeyCredential => {
  if (secret === null)
    throw new AppError({
      code: 'missing_api_key',
      publicMessage: 'Send a key as `Authorization: Bearer <key>` or `x-api-key`.',
    });
  if (secret.kind === 'malformed') throw invalidKey();
  return secret;
};

export const authenticate = async (
  keys: KeyRegister,
  request: GatewayRequest,
): Promise<KeyState> => {
  const answer = await keys.authenticate(credentialOf(request), systemClock.nowMs());
  if (answer.kind === 'refused') throw invalidKey();
  note({ project_id: answer.key.projectId });
  return answer.key;
};

export const authenticateAdmin = async (
  keys: KeyRegister,
  request: GatewayRequest,
): Promise<KeyState> => {
  const key = await authenticate(keys, request);
  if (key.scope !== 'admin')
    throw new AppError({
      code: 'admin_scope_required',
      publicMessage: 'This route needs an admin key.',
    });
  return key;
};
