import { readEnv } from '../platform/env.ts';
import { httpEntry } from '../platform/http-entry.ts';
import { byRoute, httpDoor } from '../http/door.ts';
import { discoveryEnv } from './env.ts';
import { CONTRACT } from '../contract.ts';
import { contractRoutes, unknownRoute } from '../http/route-advice.ts';
import { openApiDocument } from '../http/openapi-parts.ts';
import { dialectOf } from './formats/dialect-of.ts';
import { docsPage } from './formats/docs-page.ts';

const env = readEnv(discoveryEnv);
const ROUTES = contractRoutes(CONTRACT);

const answer = byRoute({
  'GET /health': async () => ({ status: 200, body: { status: 'ok', version: env.VERSION } }),
  'GET /openapi.json': async () => ({ status: 200, body: openApiDocument(env.VERSION, CONTRACT) }),
  'GET /docs': async () => ({
    status: 200,
    headers: { 'content-type': 'text/html; charset=utf-8' },
    body: docsPage(openApiDocument(env.VERSION, CONTRACT)),
  }),
  'GET /': async () => ({
    status: 200,
    body: {
      name: 'Sluice',
      version: env.VERSION,
      links: { docs: '/docs', contract: '/openapi.json', health: '/health' },
    },
  }),
});

/** Health, the contract and its page, and a 404 in the dialect of whoever asks for a path that nobody has. */
export const handler = httpEntry(
  httpDoor(env.CORS_ORIGINS, dialectOf, async (request, context) => {
    if (request.params['proxy'] !== undefined) throw unknownRoute(request, ROUTES);
    return await answer(request, context);
  }),
);
