import { readEnv } from '../../platform/env.ts';
import { queueSender } from '../../platform/queues.ts';
import { queueIncidentNews, queueLooks } from '../adapters/queue-incidents.ts';
import { announceEnv } from '../env.ts';
import { incidentChangedText } from '../formats/incident-changed.ts';
import { lookText } from '../formats/look-message.ts';
import type { AnnounceDeps } from '../usecases/announce.ts';

/** What tells of the changes of the Sre table. */
export const wireAnnounce = (): AnnounceDeps => {
  const env = readEnv(announceEnv);
  return {
    looks: queueLooks({ send: queueSender(env.LOOKS_QUEUE_URL), textOf: lookText }),
    news: queueIncidentNews({
      send: queueSender(env.INCIDENT_CHANGES_QUEUE_URL),
      textOf: incidentChangedText,
    }),
  };
};
