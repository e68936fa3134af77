import { byRoute, gatewayDoor } from '../inference/door.ts';
import { streamEntry } from '../platform/stream-entry.ts';
import { aiChatRoutes } from './routes/ai-chat-routes.ts';
import { wireThreads } from './wire.ts';

const threads = wireThreads();

export const handler = streamEntry(
  gatewayDoor(threads.env.CORS_ORIGINS, () => 'native', byRoute(aiChatRoutes(threads))),
  threads.env.STREAMING,
);
