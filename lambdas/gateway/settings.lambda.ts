import { httpEntry } from '../platform/http-entry.ts';
import { byRoute, httpDoor } from '../http/door.ts';
import { priceRoutes } from './routes/price-routes.ts';
import { projectRoutes } from './routes/project-routes.ts';
import { wireNotices } from '../ledger/wire-notices.ts';
import { noticeRoutes } from './routes/notice-routes.ts';
import { routeRoutes } from './routes/route-routes.ts';
import { tierRoutes } from './routes/tier-routes.ts';
import { warnOfNames } from './usecases/warn-of-names.ts';
import { wireSettings } from './wire-settings.ts';

const { env, keys, settings, routes, caps, tiers, ownPrices } = wireSettings();
const warn = warnOfNames({ routes, ownPrices });

/** Settings of a project: its routes, its notices, and whatever else its admins set. */
export const handler = httpEntry(
  httpDoor(
    env.CORS_ORIGINS,
    () => 'native',
    byRoute({
      ...routeRoutes({ keys, settings, routes, warn }),
      ...tierRoutes({ keys, tiers, warn }),
      ...projectRoutes({ keys, caps }),
      ...priceRoutes({ keys, ownPrices }),
      ...noticeRoutes(wireNotices()),
    }),
  ),
);
