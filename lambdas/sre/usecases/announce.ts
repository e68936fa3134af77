import type { SreChange } from '../formats/sre-change.ts';
import type { UsageAnomaly } from '../domain/usage-anomaly.ts';
import type { DiagnosisQueue, DiagnosisSettingsBook } from '../ports/diagnoses.ts';
import type { IncidentNews, Looks } from '../ports/incidents.ts';
import type { RemediationQueue } from '../ports/runbooks.ts';

/** Anomalies of one message: two transactions of those who correlate. */
const ANOMALIES_A_LOOK_MAX = 30;

export interface AnnounceDeps {
  readonly looks: Looks;
  readonly news: IncidentNews;
  readonly diagnoses: DiagnosisQueue;
  readonly settings: Pick<DiagnosisSettingsBook, 'get'>;
  readonly remediations: RemediationQueue;
  /** Tells the event bus of keys that are used in an unusual way. */
  readonly tellUsage: (anomalies: readonly UsageAnomaly[]) => Promise<void>;
}

/**
 * Tells what was written, and nothing else: anomalies to whoever correlates, incidents to whoever delivers and to
 * whoever asks models about those without a diagnosis, where the project named a model, what was approved to whoever
 * acts, and what is unusual of a key to the event bus, whose id of it is the same each time. The same records again send
 * the same again, which changes nothing there.
 */
export const announce = async (
  { looks, news, diagnoses, settings, remediations, tellUsage }: AnnounceDeps,
  changes: readonly SreChange[],
): Promise<void> => {
  const incidents = changes.flatMap((change) =>
    change.kind === 'incident' ? [change.changed] : [],
  );
  if (incidents.length > 0) await news.changed(incidents);
  const approved = changes.flatMap((change) =>
    change.kind === 'remediation' ? [change.task] : [],
  );
  if (approved.length > 0) await remediations.send(approved, 0);
  const anomalies = changes.filter((change) => change.kind === 'anomaly');
  for (const [tenant, ofTenant] of Map.groupBy(anomalies, (change) => change.tenant)) {
    const ids = [...new Set(ofTenant.map(({ anomalyId }) => anomalyId))];
    for (let from = 0; from < ids.length; from += ANOMALIES_A_LOOK_MAX)
      await looks.ask([
        {
          tenant,
          anomalyIds: ids.slice(from, from + ANOMALIES_A_LOOK_MAX),
          incidentId: null,
          isSweep: false,
          delaySeconds: 0,
        },
      ]);
  }
  // Last: what fails here holds up nothing of the above.
  const asked = changes.flatMap((change) =>
    change.kind === 'incident' && change.mayBeDiagnosed ? [change.changed] : [],
  );
  for (const [tenant, ofTenant] of Map.groupBy(asked, (one) => one.tenant)) {
    const { model } = await settings.get(tenant);
    if (model === null) continue;
    const ids = [...new Set(ofTenant.map(({ incidentId }) => incidentId))];
    await diagnoses.send(
      ids.map((incidentId) => ({ tenant, incidentId })),
      0,
    );
  }
  const unusual = changes.flatMap((change) =>
    change.kind === 'anomaly' && change.usage !== null ? [change.usage] : [],
  );
  if (unusual.length > 0) await tellUsage(unusual);
};
