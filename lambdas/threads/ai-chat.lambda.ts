import { byRoute, gatewayDoor } from '../inference/door.ts';
import { streamEntry } from '../platform/stream-entry.ts';
import { aiChatRoutes } from './routes/ai-sdk/ai-chat-routes.ts';
import { wireTurns } from './wire/turns.ts';

const threads = wireTurns();

export const handler = streamEntry(
  gatewayDoor(threads.env.CORS_ORIGINS, () => 'native', byRoute(aiChatRoutes(threads))),
  threads.env.STREAMING,
);
