import { byRoute, httpDoor } from '../http/door.ts';
import { streamEntry } from '../platform/stream-entry.ts';
import { atCallersPlace } from './dialects/responses/routes/callers-place.ts';
import { compactRoutes } from './dialects/responses/routes/compact-routes.ts';
import { inputTokensRoutes } from './dialects/responses/routes/input-tokens-routes.ts';
import { responsesRoutes } from './dialects/responses/routes/responses-routes.ts';
import { wireTurns } from './wire/turns.ts';

const threads = wireTurns();

export const handler = streamEntry(
  httpDoor(
    threads.env.CORS_ORIGINS,
    () => 'openai',
    byRoute(
      atCallersPlace({
        ...responsesRoutes(threads),
        ...inputTokensRoutes(threads),
        ...compactRoutes(threads),
      }),
      ['DELETE /v1/responses/{response_id}'],
    ),
  ),
  threads.env.STREAMING,
);
