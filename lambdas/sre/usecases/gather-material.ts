import type { Report } from '../../shared/deps.ts';
import type { LogRecord } from '../domain/log-record.ts';
import { DEPLOYS_MAX, DEPLOYS_MS, LINES_MAX, PAST_MAX } from '../diagnose/limits.ts';
import type { Material } from '../diagnose/material.ts';
import { similarIncidents } from '../diagnose/similar.ts';
import type { Incident } from '../incidents/incident.ts';
import type { RunbookFinder } from '../ports/diagnoses.ts';
import type { DeployBook, IncidentStore } from '../ports/incidents.ts';
import { evidenceIds } from '../tickets/ticket-of.ts';

export interface GatherDeps {
  readonly incidents: Pick<IncidentStore, 'anomalies' | 'list' | 'steps'>;
  readonly linesOf: (
    tenant: string,
    ids: readonly string[],
  ) => Promise<ReadonlyMap<string, LogRecord>>;
  readonly deploys: Pick<DeployBook, 'list'>;
  readonly runbooks: RunbookFinder;
  readonly report: Report;
}

/** All that is known of an incident and of those that were like it. What cannot be read of blocks costs the lines alone. */
export const gatherMaterial = async (
  deps: GatherDeps,
  incident: Incident,
  nowMs: number,
): Promise<Material> => {
  const { tenant, firstSeenMs } = incident;
  const anomalies = await deps.incidents.anomalies(incident);
  const ids = evidenceIds(incident, anomalies).slice(0, LINES_MAX);
  const [found, deploys, runbook, past] = await Promise.all([
    deps.linesOf(tenant, ids).catch((error: unknown) => {
      deps.report('the lines of a diagnosis could not be read', error);
      return new Map<string, LogRecord>();
    }),
    deps.deploys.list(tenant, firstSeenMs - DEPLOYS_MS, nowMs, DEPLOYS_MAX),
    deps.runbooks.find(incident, anomalies),
    deps.incidents.list({ tenant, before: null, limit: PAST_MAX }),
  ]);
  const similar = await Promise.all(
    similarIncidents(incident, past.incidents).map(async (one) => ({
      ...one,
      steps: await deps.incidents.steps(tenant, one.incident.id),
    })),
  );
  const records = new Map(
    ids.flatMap((id) => {
      const record = found.get(id);
      return record === undefined ? [] : [[id, record] as const];
    }),
  );
  return { incident, anomalies, records, deploys, runbook, similar };
};
