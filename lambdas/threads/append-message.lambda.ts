import { byRoute, gatewayDoor } from '../inference/door.ts';
import { streamEntry } from '../platform/stream-entry.ts';
import { turnRoutes } from './routes/turn-routes.ts';
import { wireTurns } from './wire/turns.ts';

const threads = wireTurns();

export const handler = streamEntry(
  gatewayDoor(threads.env.CORS_ORIGINS, () => 'native', byRoute(turnRoutes(threads))),
  threads.env.STREAMING,
);
