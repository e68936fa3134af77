import { setTimeout as sleep } from 'node:timers/promises';
import { dynamoProjectSettings } from '../ledger/adapters/dynamo-project-settings.ts';
import { dynamoSpendLedger } from '../ledger/adapters/dynamo-spend-ledger.ts';
import { dynamoHoldPricer } from '../ledger/adapters/reprice-hold.ts';
import type { Tables } from '../platform/tables/tables.ts';
import type { Clock, Report } from '../shared/deps.ts';
import { keptRoutes } from './adapters/kept-routes.ts';
import { tableBreakers } from './adapters/table-breakers.ts';
import { tableProviderRates } from './adapters/table-provider-rates.ts';
import { tableRouteStore } from './adapters/table-route-store.ts';
import { routeCalls } from './calls/follow-route.ts';
import type { Routing } from './calls/try-call.ts';

export interface RoutingWiring {
  /** The table that holds keys. */
  readonly tables: Tables;
  readonly clock: Clock;
  readonly report: Report;
  /** Absent: chance. */
  readonly random?: () => number;
}

/** Routing over the tables of the stage, made when a function first needs it. */
export const wireRouting = ({
  tables,
  clock,
  report,
  random = Math.random,
}: RoutingWiring): Routing =>
  routeCalls({
    routes: keptRoutes(tableRouteStore(dynamoProjectSettings({ tables })), clock),
    pricer: dynamoHoldPricer({ tables, ledger: dynamoSpendLedger({ tables }) }),
    breakers: tableBreakers({ tables, random, report }),
    rates: tableProviderRates({ tables }),
    random,
    nowMs: () => clock.nowMs(),
    sleep: async (ms) => await sleep(ms),
    credit: new Map(),
  });
