import { awsIdentity } from '../../platform/aws/aws-environment.ts';
import { systemClock } from '../../platform/clock.ts';
import { readEnv } from '../../platform/env.ts';
import { report } from '../../platform/logger.ts';
import { recordMetrics } from '../../platform/metrics.ts';
import { openSearchCalls } from '../../platform/open-search.ts';
import { openSearchLogIndex } from '../adapters/open-search-log-index.ts';
import { s3BlockObjects } from '../adapters/s3-block-objects.ts';
import { tableBlockStore } from '../adapters/table-block-store.ts';
import { indexLogsEnv } from '../env.ts';
import type { IndexBlocksDeps } from '../usecases/index-blocks.ts';
import { sreTables } from './tables.ts';

/** What makes records findable by OpenSearch. */
export const wireIndex = (): IndexBlocksDeps => {
  const env = readEnv(indexLogsEnv);
  const keptDays = Number(env.TELEMETRY_DAYS);
  return {
    blocks: tableBlockStore({
      tables: sreTables(env),
      objects: s3BlockObjects({ bucket: env.BLOCKS_BUCKET }),
      keptDays,
    }),
    index: openSearchLogIndex({
      call: openSearchCalls({ endpoint: env.SEARCH_ENDPOINT, ...awsIdentity() }),
      nowMs: systemClock.nowMs,
      keptDays,
      size: { shards: Number(env.SEARCH_SHARDS), replicas: Number(env.SEARCH_REPLICAS) },
      onRefused: (reason) => report('record not indexed', new Error(reason)),
    }),
    metrics: { record: recordMetrics },
    report,
  };
};
