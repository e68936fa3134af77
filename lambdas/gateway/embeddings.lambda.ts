import { streamEntry } from '../platform/stream-entry.ts';
import { byRoute, httpDoor } from '../http/door.ts';
import { openaiEmbeddings } from '../inference/wires/openai-embeddings/wire.ts';
import { openaiModerations } from '../inference/wires/openai-moderations/wire.ts';
import { unitRoutes } from './routes/complete-units-call.ts';
import { wireGateway } from './wire.ts';

const { env, inference } = wireGateway();

export const handler = streamEntry(
  httpDoor(
    env.CORS_ORIGINS,
    () => 'openai',
    byRoute(unitRoutes(inference, openaiEmbeddings, openaiModerations)),
  ),
  env.STREAMING,
);
