import { streamEntry } from '../platform/stream-entry.ts';
import { byRoute, eventsWhere, httpDoor } from '../http/door.ts';
import { asksForEvents, geminiCall } from './routes/gemini-routes.ts';
import { wireGateway } from './wire.ts';

const { env, inference } = wireGateway();
const call = geminiCall(inference);

export const handler = streamEntry(
  httpDoor(
    env.CORS_ORIGINS,
    () => 'google',
    byRoute({ 'POST /v1beta/models/{id+}': call, 'POST /v1/models/{id+}': call }),
    eventsWhere(asksForEvents),
  ),
  env.STREAMING,
);
