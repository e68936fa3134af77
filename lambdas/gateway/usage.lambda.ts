import { httpEntry } from '../platform/http-entry.ts';
import { byRoute, httpDoor } from '../http/door.ts';
import { spendRoutes } from './routes/spend-routes.ts';
import { usageRoutes } from './routes/usage-routes.ts';
import { gatewayEnv } from './env.ts';
import { readEnv } from '../platform/env.ts';
import { wireUsageBooks } from '../ledger/wire.ts';

const env = readEnv(gatewayEnv);
const books = wireUsageBooks();

export const handler = httpEntry(
  httpDoor(
    env.CORS_ORIGINS,
    () => 'native',
    byRoute({ ...usageRoutes(books), ...spendRoutes(books) }),
  ),
);
