import { httpEntry } from '../platform/http-entry.ts';
import { byRoute, httpDoor } from '../http/door.ts';
import { isAnthropic, modelRoutes } from './routes/model-routes.ts';
import { wireGateway } from './wire.ts';

const { env, inference } = wireGateway();

export const handler = httpEntry(
  httpDoor(
    env.CORS_ORIGINS,
    ({ headers }) => (isAnthropic(headers) ? 'anthropic' : 'openai'),
    byRoute(modelRoutes(inference)),
  ),
);
