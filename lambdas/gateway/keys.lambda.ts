import { httpEntry } from '../platform/http-entry.ts';
import { byRoute, gatewayDoor } from '../inference/door.ts';
import { keyRoutes } from './usecases/key-routes.ts';
import { wireGateway } from './wire.ts';

const { env, inference } = wireGateway();

export const handler = httpEntry(
  gatewayDoor(env.CORS_ORIGINS, () => 'native', byRoute(keyRoutes(inference.keys, env.STAGE))),
);
