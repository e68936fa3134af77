import { httpEntry } from '../platform/http-entry.ts';
import { byRoute, httpDoor } from '../http/door.ts';
import { keyRoutes } from './routes/key-routes.ts';
import { wireSettings } from './wire-settings.ts';

const { env, keys, tiers } = wireSettings();

export const handler = httpEntry(
  httpDoor(env.CORS_ORIGINS, () => 'native', byRoute(keyRoutes(keys, env.STAGE, tiers))),
);
