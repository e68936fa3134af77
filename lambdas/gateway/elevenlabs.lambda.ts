import { streamEntry } from '../platform/stream-entry.ts';
import { byRoute, httpDoor } from '../http/door.ts';
import { elevenLabs } from './routes/elevenlabs-routes.ts';
import { wireGateway } from './wire.ts';

const { env, inference } = wireGateway();
const answer = elevenLabs(inference);

export const handler = streamEntry(
  httpDoor(
    env.CORS_ORIGINS,
    () => 'elevenlabs',
    byRoute({ 'GET /elevenlabs/{path+}': answer, 'POST /elevenlabs/{path+}': answer }),
    () => 'bytes',
  ),
  env.STREAMING,
);
