import type { Metrics } from '../../shared/deps.ts';
import type { Anomaly } from '../domain/anomaly.ts';
import type { Cause } from '../domain/cause.ts';
import type { Incident } from '../incidents/incident.ts';
import { withCause } from '../incidents/life.ts';
import type { LookRequest } from '../incidents/look.ts';
import type { Looks } from '../ports/incidents.ts';
import { lookAfter, type LookAfterDeps } from './look-after.ts';
import { placeAnomalies, withoutRace, type PlaceDeps } from './place-anomalies.ts';

/** Evidence grows: after half a minute every second cause is right, after a minute and a half nine of ten. */
const LOOK_AGAIN_SECONDS = [30, 90] as const;

export interface CorrelateIncidentsDeps extends LookAfterDeps {
  readonly looks: Looks;
  readonly metrics: Metrics;
  /** null: nobody looks for causes. */
  readonly causeOf:
    | ((input: {
        readonly tenant: string;
        readonly anomalies: readonly Anomaly[];
        readonly nowMs: number;
      }) => Promise<Cause>)
    | null;
}

/**
 * One message: anomalies are put into incidents first, so that a ticket waits for no cause; then the cause is looked for,
 * and twice more later.
 */
export const correlateIncidents = async (
  deps: CorrelateIncidentsDeps,
  { tenant, anomalyIds, incidentId, isSweep }: Omit<LookRequest, 'delaySeconds'>,
): Promise<void> => {
  const touched = await placeAnomalies(deps, { tenant, anomalyIds, areDeferred: isSweep });
  if (isSweep) await lookAfter(deps, { tenant });
  const opened = touched.filter(({ revision }) => revision === 1).length;
  if (opened > 0) deps.metrics.record({ incidents: opened });
  const fresh = touched.filter(({ resolvedMs }) => resolvedMs === null).map(({ id }) => id);
  if (fresh.length > 0)
    await deps.looks.ask(
      fresh.flatMap((id) =>
        LOOK_AGAIN_SECONDS.map((delaySeconds) => ({
          tenant,
          anomalyIds: [],
          incidentId: id,
          isSweep: false,
          delaySeconds,
        })),
      ),
    );
  for (const id of new Set([...fresh, ...(incidentId === null ? [] : [incidentId])]))
    await updateCause(deps, { tenant, id });
};

/** What correlation says of an incident by now. Answers the incident; null: there is none that is live. */
const updateCause = async (
  deps: Pick<CorrelateIncidentsDeps, 'causeOf'> & Pick<PlaceDeps, 'incidents' | 'timers'>,
  { tenant, id }: { readonly tenant: string; readonly id: string },
): Promise<Incident | null> => {
  const seen = await deps.incidents.get(tenant, id);
  // A storm has as many causes as services.
  if (seen === null || seen.resolvedMs !== null || seen.isDigest) return null;
  const anomalies = await deps.incidents.anomalies(seen);
  if (deps.causeOf === null) return seen;
  const cause = await deps.causeOf({ tenant, anomalies, nowMs: deps.timers.nowMs() });
  return await withoutRace(deps, async () => {
    const incident = await deps.incidents.get(tenant, id);
    if (incident === null || incident.resolvedMs !== null) return seen;
    const change = withCause(incident, cause, deps.timers.nowMs());
    if (change === null) return incident;
    const isWritten = await deps.incidents.commit({
      tenant,
      version: null,
      changes: [change],
      marks: [],
    });
    return isWritten ? change.after : null;
  });
};
