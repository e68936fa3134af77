import { byRoute, gatewayDoor } from '../inference/door.ts';
import { streamEntry } from '../platform/stream-entry.ts';
import { compactRoutes } from './routes/responses/compact-routes.ts';
import { inputTokensRoutes } from './routes/responses/input-tokens-routes.ts';
import { responsesRoutes } from './routes/responses/responses-routes.ts';
import { wireTurns } from './wire/turns.ts';

const threads = wireTurns();

export const handler = streamEntry(
  gatewayDoor(
    threads.env.CORS_ORIGINS,
    () => 'openai',
    byRoute({
      ...responsesRoutes(threads),
      ...inputTokensRoutes(threads),
      ...compactRoutes(threads),
    }),
  ),
  threads.env.STREAMING,
);
