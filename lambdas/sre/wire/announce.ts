import { readEnv } from '../../platform/env.ts';
import { eventBus } from '../../platform/event-bus.ts';
import { queueSender } from '../../platform/queues.ts';
import { usageAnomalyEntry } from '../adapters/bus-usage-news.ts';
import { queueDiagnoses } from '../adapters/queue-diagnoses.ts';
import { queueIncidentNews, queueLooks } from '../adapters/queue-incidents.ts';
import { queueRemediations } from '../adapters/queue-remediations.ts';
import { tableDiagnosisSettings } from '../adapters/table-diagnosis-settings.ts';
import { announceEnv } from '../env.ts';
import { diagnosisText } from '../formats/diagnosis-message.ts';
import { incidentChangedText } from '../formats/incident-changed.ts';
import { lookText } from '../formats/look-message.ts';
import { remediationText } from '../formats/remediation-message.ts';
import type { AnnounceDeps } from '../usecases/announce.ts';
import { sreTables } from './tables.ts';

/** What reports the changes of the Sre table. */
export const wireAnnounce = (): AnnounceDeps => {
  const env = readEnv(announceEnv);
  const put = eventBus(env.EVENT_BUS_NAME);
  return {
    tellUsage: async (anomalies) => await put(anomalies.map(usageAnomalyEntry)),
    looks: queueLooks({ send: queueSender(env.LOOKS_QUEUE_URL), textOf: lookText }),
    news: queueIncidentNews({
      send: queueSender(env.INCIDENT_CHANGES_QUEUE_URL),
      textOf: incidentChangedText,
    }),
    diagnoses: queueDiagnoses({
      send: queueSender(env.DIAGNOSES_QUEUE_URL),
      textOf: diagnosisText,
    }),
    settings: tableDiagnosisSettings({ tables: sreTables(env) }),
    remediations: queueRemediations({
      send: queueSender(env.REMEDIATIONS_QUEUE_URL),
      textOf: remediationText,
    }),
  };
};
