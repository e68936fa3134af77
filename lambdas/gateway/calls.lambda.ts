import { httpEntry } from '../platform/http-entry.ts';
import { byRoute, httpDoor } from '../http/door.ts';
import { callRoutes } from './routes/call-routes.ts';
import { wireGateway } from './wire.ts';

const { env, inference } = wireGateway();

export const handler = httpEntry(
  httpDoor(env.CORS_ORIGINS, () => 'native', byRoute(callRoutes(inference))),
);
