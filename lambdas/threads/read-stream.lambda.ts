import { byRoute, gatewayDoor } from '../inference/door.ts';
import { streamEntry } from '../platform/stream-entry.ts';
import { streamRoutes } from './routes/stream-routes.ts';
import { wireRuns } from './wire.ts';

const threads = wireRuns();

export const handler = streamEntry(
  gatewayDoor(threads.env.CORS_ORIGINS, () => 'native', byRoute(streamRoutes(threads))),
  threads.env.STREAMING,
);
