import { byRoute, httpDoor } from '../http/door.ts';
import { httpEntry } from '../platform/http-entry.ts';
import { readBlock } from './in/blocks/read-block.ts';
import { createMasker } from './in/mask/masker.ts';
import { anomalyRoutes } from './routes/anomaly-routes.ts';
import { deliveryRoutes } from './routes/delivery-routes.ts';
import { explainRoutes } from './routes/explain-routes.ts';
import { incidentRoutes } from './routes/incident-routes.ts';
import { mcpRoutes } from './routes/mcp-route.ts';
import { remediationRoutes } from './routes/remediation-routes.ts';
import { runbookReadRoutes } from './routes/runbook-routes.ts';
import { searchRoutes } from './routes/search-routes.ts';
import { serviceRoutes } from './routes/service-routes.ts';
import { wireMcp } from './wire/mcp.ts';

const sre = wireMcp(readBlock);

/** What people's agents ask: each tool asks the routes that people ask. */
const routes = {
  ...anomalyRoutes(sre),
  ...deliveryRoutes(sre),
  ...explainRoutes({ ...sre, mask: createMasker().text }),
  ...incidentRoutes(sre),
  ...remediationRoutes(sre),
  ...runbookReadRoutes(sre),
  ...searchRoutes(sre),
  ...serviceRoutes(sre),
};

export const handler = httpEntry(
  httpDoor(sre.corsOrigins, () => 'native', byRoute(mcpRoutes({ ...sre, routes }))),
);
