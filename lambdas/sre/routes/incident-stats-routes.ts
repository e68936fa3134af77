import { checked } from '../../http/body.ts';
import type { Handler } from '../../http/door.ts';
import { authenticateReader } from '../../ledger/door.ts';
import type { KeyRegister } from '../../ledger/ports.ts';
import type { Clock } from '../../shared/deps.ts';
import { incidentStatsQuery, incidentStatsView } from '../formats/incident-stats-format.ts';
import type { IncidentStore } from '../ports/incidents.ts';
import { sumIncidents } from '../usecases/sum-incidents.ts';
import { checkRange } from './time-range.ts';

const RECENT_MS = 30 * 86_400_000;

export interface IncidentStatsRouteDeps {
  readonly keys: KeyRegister;
  readonly incidents: Pick<IncidentStore, 'list'>;
  readonly clock: Clock;
}

/** How soon people see what is wrong, and how soon it is over. */
export const incidentStatsRoutes = (
  deps: IncidentStatsRouteDeps,
): Readonly<Record<string, Handler>> => ({
  'GET /v1/incidents/stats': async (request) => {
    const { projectId: tenant } = await authenticateReader(deps.keys, request);
    const query = checked(incidentStatsQuery, request.query);
    const toMs = query.to_ms ?? deps.clock.nowMs();
    const fromMs = query.from_ms ?? Math.max(0, toMs - RECENT_MS);
    checkRange(fromMs, toMs);
    const summed = await sumIncidents(deps, { tenant, fromMs, toMs });
    return { status: 200, body: incidentStatsView(summed, { fromMs, toMs }) };
  },
});
