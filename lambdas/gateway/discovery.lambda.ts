import { readEnv } from '../platform/env.ts';
import { httpEntry } from '../platform/http-entry.ts';
import { httpDoor } from '../http/door.ts';
import { discoveryEnv } from './env.ts';
import { CONTRACT } from '../contract.ts';
import { preflightHeaders } from '../http/cors.ts';
import { contractRoutes, unknownRoute } from '../http/route-advice.ts';
import { openApiDocument } from '../http/openapi-parts.ts';
import { dialectOf } from './formats/dialect-of.ts';
import { docsPage } from './formats/docs-page.ts';

const env = readEnv(discoveryEnv);
const ROUTES = contractRoutes(CONTRACT);

/** Health, the contract and its page, preflights, and a 404 in the dialect of whoever asks. */
export const handler = httpEntry(
  httpDoor(env.CORS_ORIGINS, dialectOf, async (request) => {
    if (request.route.startsWith('OPTIONS '))
      return {
        status: 204,
        headers: preflightHeaders(request.headers['access-control-request-headers']),
        body: '',
      };
    if (request.route === 'GET /health')
      return { status: 200, body: { status: 'ok', version: env.VERSION } };
    if (request.route === 'GET /openapi.json')
      return { status: 200, body: openApiDocument(env.VERSION, CONTRACT) };
    if (request.route === 'GET /docs')
      return {
        status: 200,
        headers: { 'content-type': 'text/html; charset=utf-8' },
        body: docsPage(openApiDocument(env.VERSION, CONTRACT)),
      };
    if (request.route === 'GET /')
      return {
        status: 200,
        body: {
          name: 'Sluice',
          version: env.VERSION,
          links: { docs: '/docs', contract: '/openapi.json', health: '/health' },
        },
      };
    throw unknownRoute(request, ROUTES);
  }),
);
