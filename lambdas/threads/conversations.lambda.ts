import { byRoute, gatewayDoor } from '../inference/door.ts';
import { httpEntry } from '../platform/http-entry.ts';
import { conversationRoutes } from './routes/responses/conversation-routes.ts';
import { responseCareRoutes } from './routes/responses/response-care-routes.ts';
import { wireRuns } from './wire/runs.ts';

const threads = wireRuns();

export const handler = httpEntry(
  gatewayDoor(
    threads.env.CORS_ORIGINS,
    () => 'openai',
    byRoute({ ...conversationRoutes(threads), ...responseCareRoutes(threads) }),
  ),
);
