import { streamEntry } from '../platform/stream-entry.ts';
import { byRoute, httpDoor } from '../http/door.ts';
import { completeCall, type Spoken } from './routes/complete-call.ts';
import { wireGateway } from './wire.ts';

const { env, inference } = wireGateway();
const SPOKEN: Spoken = {
  wire: 'anthropic-messages',
  dialect: async () => (await import('#beside/dialects')).messagesDialect,
};

export const handler = streamEntry(
  httpDoor(
    env.CORS_ORIGINS,
    () => 'anthropic',
    byRoute({
      'POST /v1/messages': async (request, context) =>
        await completeCall(inference, SPOKEN, request, context),
    }),
  ),
  env.STREAMING,
);
