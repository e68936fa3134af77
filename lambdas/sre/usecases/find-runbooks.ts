import type { Anomaly } from '../domain/anomaly.ts';
import type { Incident } from '../incidents/incident.ts';
import type { IncidentBook } from '../ports/incidents.ts';
import type { RunbookBook } from '../ports/runbooks.ts';
import { MATCHES_MAX, matchRunbooks, symptomsOf } from '../runbooks/match.ts';
import type { Runbook } from '../runbooks/runbook.ts';

export interface FindRunbooksDeps {
  readonly runbooks: Pick<RunbookBook, 'heads' | 'get'>;
  readonly incidents: Pick<IncidentBook, 'anomalies'>;
}

/** The runbooks that are for an incident, the most specific first. `known`: its anomalies, where somebody has read them. */
export const findRunbooks = async (
  { runbooks, incidents }: FindRunbooksDeps,
  incident: Incident,
  { known, max = MATCHES_MAX }: { readonly known?: readonly Anomaly[]; readonly max?: number } = {},
): Promise<readonly Runbook[]> => {
  const heads = await runbooks.heads(incident.tenant);
  if (heads.length === 0) return [];
  const anomalies = known ?? (await incidents.anomalies(incident));
  const matching = matchRunbooks(heads, symptomsOf(incident, anomalies)).slice(0, max);
  const found = await Promise.all(
    matching.map(async ({ id }) => await runbooks.get(incident.tenant, id)),
  );
  return found.filter((runbook) => runbook !== null);
};
