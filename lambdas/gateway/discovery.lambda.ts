import { readEnv } from '../platform/env.ts';
import { httpEntry } from '../platform/http-entry.ts';
import { httpDoor, routeNotFound } from '../http/door.ts';
import { gatewayEnv } from './env.ts';
import { CONTRACT } from '../contract.ts';
import { preflightHeaders } from '../http/cors.ts';
import { openApiDocument } from '../http/openapi-parts.ts';
import { dialectOf } from './formats/dialect-of.ts';

const env = readEnv(gatewayEnv);

/** Health, the contract, preflights, and a 404 in the dialect of whoever asks. */
export const handler = httpEntry(
  httpDoor(env.CORS_ORIGINS, dialectOf, async (request) => {
    if (request.route.startsWith('OPTIONS '))
      return {
        status: 204,
        headers: preflightHeaders(request.headers['access-control-request-headers']),
        body: '',
      };
    if (request.route === 'GET /health') return { status: 200, body: { status: 'ok' } };
    if (request.route === 'GET /openapi.json')
      return { status: 200, body: openApiDocument(...CONTRACT) };
    throw routeNotFound(request);
  }),
);
