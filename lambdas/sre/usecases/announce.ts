import type { SreChange } from '../formats/sre-change.ts';
import type { IncidentNews, Looks } from '../ports/incidents.ts';

/** Anomalies of one message: two transactions of those who correlate. */
const ANOMALIES_A_LOOK_MAX = 30;

export interface AnnounceDeps {
  readonly looks: Looks;
  readonly news: IncidentNews;
}

/**
 * Tells what was written, and nothing else: anomalies to whoever correlates, incidents to whoever delivers. The same
 * records again tell the same again, which changes nothing there.
 */
export const announce = async (
  { looks, news }: AnnounceDeps,
  changes: readonly SreChange[],
): Promise<void> => {
  const incidents = changes.flatMap((change) =>
    change.kind === 'incident' ? [change.changed] : [],
  );
  if (incidents.length > 0) await news.changed(incidents);
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
};
