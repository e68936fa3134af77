import { byRoute, httpDoor } from '../http/door.ts';
import { streamEntry } from '../platform/stream-entry.ts';
import { aiChatRoutes } from './dialects/ai-sdk/routes/ai-chat-routes.ts';
import { wireTurns } from './wire/turns.ts';

const threads = wireTurns();

export const handler = streamEntry(
  httpDoor(threads.env.CORS_ORIGINS, () => 'native', byRoute(aiChatRoutes(threads))),
  threads.env.STREAMING,
);
