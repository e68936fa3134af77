import { byRoute, httpDoor } from '../http/door.ts';
import { streamEntry } from '../platform/stream-entry.ts';
import { turnRoutes } from './dialects/native/routes/turn-routes.ts';
import { wireTurns } from './wire/turns.ts';

const threads = wireTurns();

export const handler = streamEntry(
  httpDoor(threads.env.CORS_ORIGINS, () => 'native', byRoute(turnRoutes(threads))),
  threads.env.STREAMING,
);
