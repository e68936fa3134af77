import { byRoute, httpDoor } from '../http/door.ts';
import { streamEntry } from '../platform/stream-entry.ts';
import { eventRoutes } from './dialects/native/routes/event-routes.ts';
import { streamRoutes } from './dialects/native/routes/stream-routes.ts';
import { jobOutputRoutes } from './jobs/routes/job-output-routes.ts';
import { wireEvents } from './wire/events.ts';

const threads = wireEvents();

export const handler = streamEntry(
  httpDoor(
    threads.env.CORS_ORIGINS,
    () => 'native',
    byRoute({ ...streamRoutes(threads), ...eventRoutes(threads), ...jobOutputRoutes(threads) }),
  ),
  threads.env.STREAMING,
);
