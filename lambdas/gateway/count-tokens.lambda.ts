import { countTokens } from '../inference/usecases/count-tokens.ts';
import { httpEntry } from '../platform/http-entry.ts';
import { authenticate, gatewayDoor } from '../inference/door.ts';
import { wireGateway } from './wire.ts';

const { env, inference } = wireGateway();

export const handler = httpEntry(
  gatewayDoor(
    env.CORS_ORIGINS,
    () => 'anthropic',
    async (request) => {
      await authenticate(inference.keys, request);
      const answer = await countTokens(inference, request);
      return { ...answer, headers: { 'content-type': 'application/json', ...answer.headers } };
    },
  ),
);
