import { httpEntry } from '../platform/http-entry.ts';
import { byRoute, gatewayDoor } from '../inference/door.ts';
import { callRoutes } from './usecases/call-routes.ts';
import { wireGateway } from './wire.ts';

const { env, inference } = wireGateway();

export const handler = httpEntry(
  gatewayDoor(env.CORS_ORIGINS, () => 'native', byRoute(callRoutes(inference))),
);
