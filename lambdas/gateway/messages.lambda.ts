import { streamEntry } from '../platform/stream-entry.ts';
import { byRoute, httpDoor } from '../http/door.ts';
import { completeCall } from './routes/complete-call.ts';
import { wireGateway } from './wire.ts';

const { env, inference } = wireGateway();

export const handler = streamEntry(
  httpDoor(
    env.CORS_ORIGINS,
    () => 'anthropic',
    byRoute({
      'POST /v1/messages': async (request, context) =>
        await completeCall(inference, 'anthropic-messages', request, context),
    }),
  ),
  env.STREAMING,
);
