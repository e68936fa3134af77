import { streamEntry } from '../platform/stream-entry.ts';
import { byRoute, httpDoor } from '../http/door.ts';
import { completeCall, type Spoken } from './routes/complete-call.ts';
import { wireGateway } from './wire.ts';

const { env, inference } = wireGateway();
const SPOKEN: Spoken = {
  wire: 'openai-chat',
  dialect: async () => (await import('#beside/dialects')).chatDialect,
};

export const handler = streamEntry(
  httpDoor(
    env.CORS_ORIGINS,
    () => 'openai',
    byRoute({
      'POST /v1/chat/completions': async (request, context) =>
        await completeCall(inference, SPOKEN, request, context),
    }),
  ),
  env.STREAMING,
);
