import { httpEntry } from '../platform/http-entry.ts';
import { byRoute, httpDoor } from '../http/door.ts';
import { keyRoutes } from './routes/key-routes.ts';
import { warnOfNames } from './usecases/warn-of-names.ts';
import { wireSettings } from './wire-settings.ts';

const { env, keys, tiers, routes, ownPrices } = wireSettings();
const warn = warnOfNames({ routes, ownPrices });

export const handler = httpEntry(
  httpDoor(env.CORS_ORIGINS, () => 'native', byRoute(keyRoutes(keys, env.STAGE, tiers, warn))),
);
