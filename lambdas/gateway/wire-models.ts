import { routeReader } from '../inference/adapters/table-route-store.ts';
import { wireInference } from '../inference/wire.ts';
import { settingReader } from '../ledger/adapters/read-setting.ts';
import { ledgerEnv } from '../ledger/env.ts';
import { dynamoCalls } from '../platform/dynamo.ts';
import { readEnv } from '../platform/env.ts';
import { dynamoTables } from '../platform/tables/dynamo-tables.ts';
import { gatewayEnv, type GatewayEnv } from './env.ts';
import type { ModelDeps } from './routes/model-routes.ts';

/** What lists models: those of the stage, and the names that projects have for them. */
export const wireModels = (): { readonly env: GatewayEnv; readonly models: ModelDeps } => {
  const call = dynamoCalls();
  const { KEYS_TABLE } = readEnv(ledgerEnv);
  const tables = dynamoTables({ call, tableNames: { keys: KEYS_TABLE } });
  return {
    env: readEnv(gatewayEnv),
    models: {
      ...wireInference(call),
      readRoutes: routeReader({ read: settingReader(tables) }),
    },
  };
};
