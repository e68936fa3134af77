import { dynamoKeyRegister } from '../../ledger/adapters/dynamo-key-register.ts';
import { systemClock } from '../../platform/clock.ts';
import { readEnv } from '../../platform/env.ts';
import { recordMetrics } from '../../platform/metrics.ts';
import { compileMask } from '../adapters/re2-masks.ts';
import { rememberedMasks } from '../adapters/remembered-masks.ts';
import { s3BlockObjects } from '../adapters/s3-block-objects.ts';
import { tableActiveTenants } from '../adapters/table-active-tenants.ts';
import { tableBlockStore } from '../adapters/table-block-store.ts';
import { tableIngestUsage } from '../adapters/table-ingest-usage.ts';
import { tableMaskBook } from '../adapters/table-mask-book.ts';
import { ingestEnv } from '../env.ts';
import { sreTables } from './tables.ts';

/** What takes telemetry in. */
export const wireIngest = () => {
  const env = readEnv(ingestEnv);
  const tables = sreTables(env);
  return {
    keys: dynamoKeyRegister({ tables }),
    blocks: tableBlockStore({
      tables,
      objects: s3BlockObjects({ bucket: env.BLOCKS_BUCKET }),
      keptDays: Number(env.TELEMETRY_DAYS),
    }),
    usage: tableIngestUsage({ tables }),
    masks: rememberedMasks({ book: tableMaskBook({ tables }), compile: compileMask }),
    tenants: tableActiveTenants({ tables, nowMs: systemClock.nowMs }),
    clock: systemClock,
    metrics: { record: recordMetrics },
    corsOrigins: env.CORS_ORIGINS,
    random: Math.random,
  };
};
