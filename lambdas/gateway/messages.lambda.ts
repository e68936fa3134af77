import { streamEntry } from '../platform/stream-entry.ts';
import { gatewayDoor } from '../inference/door.ts';
import { completeCall } from './usecases/complete-call.ts';
import { wireGateway } from './wire.ts';

const { env, inference } = wireGateway();

export const handler = streamEntry(
  gatewayDoor(
    env.CORS_ORIGINS,
    () => 'anthropic',
    async (request, context) => await completeCall(inference, 'anthropic', request, context),
  ),
  env.STREAMING,
);
