import { tableOwnPrices } from '../inference/adapters/table-own-prices.ts';
import { tableRouteStore } from '../inference/adapters/table-route-store.ts';
import type { OwnPriceStore } from '../inference/ports/stage-prices.ts';
import type { RouteStore } from '../inference/ports/routes.ts';
import { dynamoProjectCaps } from '../ledger/adapters/dynamo-project-caps.ts';
import { dynamoProjectSettings } from '../ledger/adapters/dynamo-project-settings.ts';
import { readEnv } from '../platform/env.ts';
import { ledgerEnv } from '../ledger/env.ts';
import { tableTierStore } from '../ledger/adapters/table-tier-store.ts';
import type { TierStore } from '../ledger/ports/tiers.ts';
import type { ProjectCaps } from '../ledger/ports/project-caps.ts';
import type { ProjectSettings } from '../ledger/ports/settings.ts';
import type { KeyRegister } from '../ledger/ports.ts';
import { wireKeyRegister } from '../ledger/wire.ts';
import { dynamoCalls } from '../platform/dynamo.ts';
import { timers } from '../platform/timers.ts';
import { dynamoTables } from '../platform/tables/dynamo-tables.ts';
import { gatewayEnv, type GatewayEnv } from './env.ts';

export interface Settings {
  readonly env: GatewayEnv;
  readonly keys: KeyRegister;
  readonly settings: ProjectSettings;
  readonly routes: RouteStore;
  readonly caps: ProjectCaps;
  readonly ownPrices: OwnPriceStore;
  readonly tiers: TierStore;
}

/** What administers a project: it reads no provider's key. */
export const wireSettings = (): Settings => {
  const call = dynamoCalls();
  const { KEYS_TABLE } = readEnv(ledgerEnv);
  const tables = dynamoTables({ call, tableNames: { keys: KEYS_TABLE } });
  const settings = dynamoProjectSettings({ tables });
  return {
    env: readEnv(gatewayEnv),
    keys: wireKeyRegister(call),
    settings,
    routes: tableRouteStore(settings),
    tiers: tableTierStore(settings),
    caps: dynamoProjectCaps({
      tables,
      pause: async (ms) => await timers.sleep(ms),
      nowMs: () => timers.nowMs(),
    }),
    ownPrices: tableOwnPrices(settings),
  };
};
