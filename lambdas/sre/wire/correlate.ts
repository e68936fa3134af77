import { readEnv } from '../../platform/env.ts';
import { recordMetrics } from '../../platform/metrics.ts';
import { queueSender } from '../../platform/queues.ts';
import { timers } from '../../platform/timers.ts';
import { queueLooks } from '../adapters/queue-incidents.ts';
import { tableAnomalyBook } from '../adapters/table-anomaly-book.ts';
import { tableDueList } from '../adapters/table-due-list.ts';
import { tableIncidentStore } from '../adapters/table-incident-store.ts';
import { tableSilenceBook } from '../adapters/table-silence-book.ts';
import { tableWindowStore } from '../adapters/table-window-store.ts';
import { correlateEnv } from '../env.ts';
import { lookText } from '../formats/look-message.ts';
import type { CorrelateIncidentsDeps } from '../usecases/correlate-incidents.ts';
import { sreTables } from './tables.ts';

/** What makes incidents of anomalies. */
export const wireCorrelate = (): CorrelateIncidentsDeps => {
  const env = readEnv(correlateEnv);
  const tables = sreTables(env);
  return {
    anomalies: tableAnomalyBook({ tables }),
    incidents: tableIncidentStore({ tables }),
    silences: tableSilenceBook({ tables }),
    windows: tableWindowStore({ tables }),
    due: tableDueList({ tables }),
    looks: queueLooks({ send: queueSender(env.LOOKS_QUEUE_URL), textOf: lookText }),
    graph: { edges: async () => [] },
    causeOf: null,
    timers,
    metrics: { record: recordMetrics },
  };
};
