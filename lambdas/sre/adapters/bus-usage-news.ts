import type { BusEntry } from '../../platform/event-bus.ts';
import type { UsageAnomaly } from '../domain/usage-anomaly.ts';

/** An anomaly is of one key, kind and hour, and its id is the event's. */
export const usageAnomalyEntry = (anomaly: UsageAnomaly): BusEntry => ({
  source: 'sluice.sre',
  type: 'UsageAnomalyDetected',
  detail: {
    event_id: anomaly.id,
    project_id: anomaly.tenant,
    key_id: anomaly.source.service,
    anomaly_id: anomaly.id,
    kind: anomaly.kind,
    severity: anomaly.band,
    why: anomaly.why,
    opened_at: anomaly.openedMs,
  },
});
