import { byRoute, httpDoor } from '../http/door.ts';
import { httpEntry } from '../platform/http-entry.ts';
import { deliveryRoutes } from './routes/delivery-routes.ts';
import { destinationRoutes } from './routes/destination-routes.ts';
import { inboundRoutes } from './routes/inbound-routes.ts';
import { wireDestinations } from './wire/destinations.ts';

const sre = wireDestinations();

/** Where tickets go, and what people did there. */
export const handler = httpEntry(
  httpDoor(
    sre.corsOrigins,
    () => 'native',
    byRoute({ ...destinationRoutes(sre), ...deliveryRoutes(sre), ...inboundRoutes(sre) }),
  ),
);
