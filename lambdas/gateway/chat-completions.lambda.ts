import { streamEntry } from '../platform/stream-entry.ts';
import { gatewayDoor } from '../inference/door.ts';
import { completeCall } from './usecases/complete-call.ts';
import { wireGateway } from './wire.ts';

const { env, inference } = wireGateway();

export const handler = streamEntry(
  gatewayDoor(
    env.CORS_ORIGINS,
    () => 'openai',
    async (request, context) => await completeCall(inference, 'openai', request, context),
  ),
  env.STREAMING,
);
