import { cachedStagePrices } from '../../inference/adapters/cached-stage-prices.ts';
import { tableOwnPrices } from '../../inference/adapters/table-own-prices.ts';
import { dynamoProjectSettings } from '../../ledger/adapters/dynamo-project-settings.ts';
import { dynamoKeyRegister } from '../../ledger/adapters/dynamo-key-register.ts';
import { awsIdentity } from '../../platform/aws/aws-environment.ts';
import { systemClock } from '../../platform/clock.ts';
import { readEnv } from '../../platform/env.ts';
import { openSearchCalls } from '../../platform/open-search.ts';
import { timers } from '../../platform/timers.ts';
import { newHoldId } from '../../shared/ids.ts';
import type { BlockDeps } from '../adapters/block-reading.ts';
import { openSearchLogSearch } from '../adapters/open-search-log-search.ts';
import { s3BlockObjects } from '../adapters/s3-block-objects.ts';
import { compileMask, patternProblem } from '../adapters/re2-masks.ts';
import { scanLogSearch } from '../adapters/scan-log-search.ts';
import { tableAnomalyBook } from '../adapters/table-anomaly-book.ts';
import { tableBaselineStore } from '../adapters/table-baseline-store.ts';
import { tableBlockStore } from '../adapters/table-block-store.ts';
import { tableDeliveryStore } from '../adapters/table-delivery-store.ts';
import { tableDiagnosisSettings } from '../adapters/table-diagnosis-settings.ts';
import { tableDeployBook } from '../adapters/table-deploy-book.ts';
import { tableIncidentStore } from '../adapters/table-incident-store.ts';
import { tableIngestUsage } from '../adapters/table-ingest-usage.ts';
import { tableMaskBook } from '../adapters/table-mask-book.ts';
import { tableRemediationStore } from '../adapters/table-remediation-store.ts';
import { tableRunbookBook } from '../adapters/table-runbook-book.ts';
import { tableSettingsBook } from '../adapters/table-settings-book.ts';
import { tableSilenceBook } from '../adapters/table-silence-book.ts';
import { tableWindowStore } from '../adapters/table-window-store.ts';
import type { BlockContent } from '../domain/block.ts';
import { sreEnv } from '../env.ts';
import type { LogSearch } from '../ports/search.ts';
import { serviceEdges } from '../usecases/service-edges.ts';
import { sreTables } from './tables.ts';

/** What people read, and what they set. */
export const wireRead = (open: (block: Uint8Array) => BlockContent) => {
  const env = readEnv(sreEnv);
  const tables = sreTables(env);
  const objects = s3BlockObjects({ bucket: env.BLOCKS_BUCKET });
  const blocks = tableBlockStore({ tables, objects, keptDays: 0 });
  const search = searchOf({ blocks, open }, env.SEARCH_ENDPOINT);
  const baselines = tableBaselineStore({ tables });
  return {
    corsOrigins: env.CORS_ORIGINS,
    keys: dynamoKeyRegister({ tables }),
    anomalies: tableAnomalyBook({ tables }),
    windows: tableWindowStore({ tables }),
    settings: tableSettingsBook({ tables }),
    usage: tableIngestUsage({ tables }),
    masks: tableMaskBook({ tables }),
    compileMask,
    patternProblem,
    search,
    linesOf: async (tenant: string, ids: readonly string[]) => await search.records(tenant, ids),
    clock: systemClock,
    incidents: tableIncidentStore({ tables }),
    runbooks: tableRunbookBook({ tables }),
    remediations: tableRemediationStore({ tables }),
    silences: tableSilenceBook({ tables }),
    deliveries: tableDeliveryStore({ tables }),
    deploys: tableDeployBook({ tables }),
    diagnoses: tableDiagnosisSettings({ tables }),
    stagePrices: cachedStagePrices({
      store: tableOwnPrices(dynamoProjectSettings({ tables })),
      clock: systemClock,
    }),
    graph: { edges: async (tenant: string) => await serviceEdges(baselines, tenant) },
    timers,
    newSilenceId: () => `silence_${newHoldId(systemClock.nowMs())}`,
  };
};

/** By the index of the stage's domain; where there is none, by the blocks themselves. */
const searchOf = (deps: BlockDeps, endpoint: string | undefined): LogSearch =>
  endpoint === undefined
    ? scanLogSearch(deps)
    : openSearchLogSearch({ ...deps, call: openSearchCalls({ endpoint, ...awsIdentity() }) });
