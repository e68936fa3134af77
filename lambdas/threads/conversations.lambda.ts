import { byRoute, httpDoor } from '../http/door.ts';
import { httpEntry } from '../platform/http-entry.ts';
import { atCallersPlace } from './dialects/responses/routes/callers-place.ts';
import { conversationRoutes } from './dialects/responses/routes/conversation-routes.ts';
import { responseCareRoutes } from './dialects/responses/routes/response-care-routes.ts';
import { wireRuns } from './wire/runs.ts';

const threads = wireRuns();

export const handler = httpEntry(
  httpDoor(
    threads.env.CORS_ORIGINS,
    () => 'openai',
    byRoute(atCallersPlace({ ...conversationRoutes(threads), ...responseCareRoutes(threads) }), [
      'POST /v1/responses',
    ]),
  ),
);
