import { byRoute, gatewayDoor } from '../inference/door.ts';
import { streamEntry } from '../platform/stream-entry.ts';
import { eventRoutes } from './routes/event-routes.ts';
import { streamRoutes } from './routes/stream-routes.ts';
import { wireEvents } from './wire/events.ts';

const threads = wireEvents();

export const handler = streamEntry(
  gatewayDoor(
    threads.env.CORS_ORIGINS,
    () => 'native',
    byRoute({ ...streamRoutes(threads), ...eventRoutes(threads) }),
  ),
  threads.env.STREAMING,
);
