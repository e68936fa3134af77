import { httpEntry } from '../platform/http-entry.ts';
import { byRoute, gatewayDoor } from '../inference/door.ts';
import { usageRoutes } from './usecases/usage-routes.ts';
import { wireGateway } from './wire.ts';

const { env, inference } = wireGateway();

export const handler = httpEntry(
  gatewayDoor(env.CORS_ORIGINS, () => 'native', byRoute(usageRoutes(inference))),
);
