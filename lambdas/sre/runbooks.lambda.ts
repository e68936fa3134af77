import { byRoute, httpDoor } from '../http/door.ts';
import { httpEntry } from '../platform/http-entry.ts';
import { remediationRoutes } from './routes/remediation-routes.ts';
import { runbookRoutes } from './routes/runbook-routes.ts';
import { wireRunbooks } from './wire/runbooks.ts';

const sre = wireRunbooks();

/** What to do about incidents, and who allows it. */
export const handler = httpEntry(
  httpDoor(
    sre.corsOrigins,
    () => 'native',
    byRoute({ ...runbookRoutes(sre), ...remediationRoutes(sre) }),
  ),
);
