import { dynamoKeyRegister } from '../../ledger/adapters/dynamo-key-register.ts';
import { dynamoUsageStore } from '../../ledger/adapters/dynamo-usage-store.ts';
import { systemClock } from '../../platform/clock.ts';
import { dynamoCalls } from '../../platform/dynamo.ts';
import { readEnv } from '../../platform/env.ts';
import { recordMetrics } from '../../platform/metrics.ts';
import { dynamoTables } from '../../platform/tables/dynamo-tables.ts';
import { tableActiveTenants } from '../adapters/table-active-tenants.ts';
import { tableAnomalyBook } from '../adapters/table-anomaly-book.ts';
import { watchUsageEnv } from '../env.ts';

/** What looks after the usage of keys. */
export const wireWatchUsage = () => {
  const env = readEnv(watchUsageEnv);
  const tables = dynamoTables({
    call: dynamoCalls(),
    tableNames: { keys: env.KEYS_TABLE, usage: env.USAGE_TABLE, sre: env.SRE_TABLE },
  });
  return {
    tenants: tableActiveTenants({ tables, nowMs: systemClock.nowMs }),
    usage: dynamoUsageStore({ tables }),
    keys: dynamoKeyRegister({ tables }),
    anomalies: tableAnomalyBook({ tables }),
    clock: systemClock,
    metrics: { record: recordMetrics },
  };
};
