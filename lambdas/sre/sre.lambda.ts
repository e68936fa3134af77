import { byRoute, httpDoor } from '../http/door.ts';
import { httpEntry } from '../platform/http-entry.ts';
import { readBlock } from './in/blocks/read-block.ts';
import { createMasker } from './in/mask/masker.ts';
import { anomalyRoutes } from './routes/anomaly-routes.ts';
import { diagnosisRoutes } from './routes/diagnosis-routes.ts';
import { explainRoutes } from './routes/explain-routes.ts';
import { maskRoutes } from './routes/mask-routes.ts';
import { incidentRoutes } from './routes/incident-routes.ts';
import { incidentStatsRoutes } from './routes/incident-stats-routes.ts';
import { searchRoutes } from './routes/search-routes.ts';
import { serviceRoutes } from './routes/service-routes.ts';
import { silenceRoutes } from './routes/silence-routes.ts';
import { wireRead } from './wire/read.ts';

const sre = wireRead(readBlock);

export const handler = httpEntry(
  httpDoor(
    sre.corsOrigins,
    () => 'native',
    byRoute({
      ...anomalyRoutes(sre),
      ...diagnosisRoutes(sre),
      ...explainRoutes({ ...sre, mask: createMasker().text }),
      ...maskRoutes(sre),
      ...incidentRoutes(sre),
      ...incidentStatsRoutes(sre),
      ...searchRoutes(sre),
      ...silenceRoutes(sre),
      ...serviceRoutes(sre),
    }),
  ),
);
