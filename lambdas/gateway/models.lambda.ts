import { httpEntry } from '../platform/http-entry.ts';
import { byRoute, gatewayDoor } from '../inference/door.ts';
import { isAnthropic, modelRoutes } from './usecases/model-routes.ts';
import { wireGateway } from './wire.ts';

const { env, inference } = wireGateway();

export const handler = httpEntry(
  gatewayDoor(
    env.CORS_ORIGINS,
    ({ headers }) => (isAnthropic(headers) ? 'anthropic' : 'openai'),
    byRoute(modelRoutes(inference)),
  ),
);
