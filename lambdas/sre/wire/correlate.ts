import { readEnv } from '../../platform/env.ts';
import { recordMetrics } from '../../platform/metrics.ts';
import { queueSender } from '../../platform/queues.ts';
import { timers } from '../../platform/timers.ts';
import { blockTelemetry, type OpenedBlock } from '../adapters/block-telemetry.ts';
import { queueLooks } from '../adapters/queue-incidents.ts';
import { s3BlockObjects } from '../adapters/s3-block-objects.ts';
import { tableAnomalyBook } from '../adapters/table-anomaly-book.ts';
import { tableBaselineStore } from '../adapters/table-baseline-store.ts';
import { tableBlockStore } from '../adapters/table-block-store.ts';
import { tableDeployBook } from '../adapters/table-deploy-book.ts';
import { tableDueList } from '../adapters/table-due-list.ts';
import { tableIncidentStore } from '../adapters/table-incident-store.ts';
import { tableSilenceBook } from '../adapters/table-silence-book.ts';
import { tableWindowStore } from '../adapters/table-window-store.ts';
import { correlateEnv } from '../env.ts';
import { lookText } from '../formats/look-message.ts';
import { correlate } from '../usecases/correlate.ts';
import { serviceEdges } from '../usecases/service-edges.ts';
import type { LearnDeps } from '../usecases/learn-calls.ts';
import type { CorrelateIncidentsDeps } from '../usecases/correlate-incidents.ts';
import { sreTables } from './tables.ts';

/** Deployments of the last hour may be the cause. */
const DEPLOYS_MS = 3_600_000;
const DEPLOYS_MAX = 100;

/** What makes incidents of anomalies. */
export const wireCorrelate = (
  open: (block: Uint8Array) => OpenedBlock | null,
): CorrelateIncidentsDeps & { readonly causes: LearnDeps } => {
  const env = readEnv(correlateEnv);
  const tables = sreTables(env);
  const objects = s3BlockObjects({ bucket: env.BLOCKS_BUCKET });
  const blocks = tableBlockStore({ tables, objects, keptDays: 0 });
  const causes = {
    telemetry: blockTelemetry({ blocks, open }),
    baselines: tableBaselineStore({ tables }),
  };
  const deploys = tableDeployBook({ tables });
  return {
    causes,
    anomalies: tableAnomalyBook({ tables }),
    incidents: tableIncidentStore({ tables }),
    silences: tableSilenceBook({ tables }),
    windows: tableWindowStore({ tables }),
    due: tableDueList({ tables }),
    looks: queueLooks({ send: queueSender(env.LOOKS_QUEUE_URL), textOf: lookText }),
    graph: { edges: async (tenant) => await serviceEdges(causes.baselines, tenant) },
    causeOf: async (input) => {
      const { tenant, nowMs } = input;
      const told = await deploys.list(tenant, nowMs - DEPLOYS_MS, nowMs, DEPLOYS_MAX);
      return await correlate(causes, { ...input, deploys: told });
    },
    timers,
    metrics: { record: recordMetrics },
  };
};
