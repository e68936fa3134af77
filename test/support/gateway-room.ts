import type * as z from 'zod';
import { createKeyBody } from '../../lambdas/gateway/formats/key-format.ts';
import { keyWithSecretSchema } from '../../lambdas/gateway/formats/openapi-schemas.ts';
import { callRoutes } from '../../lambdas/gateway/routes/call-routes.ts';
import { keyRoutes } from '../../lambdas/gateway/routes/key-routes.ts';
import { noticeDeps, noticeDesk, type NoticeDesk } from './notice-room.ts';
import { createKey } from '../../lambdas/gateway/usecases/manage-keys.ts';
import { spendRoutes } from '../../lambdas/gateway/routes/spend-routes.ts';
import { projectRoutes } from '../../lambdas/gateway/routes/project-routes.ts';
import { priceRoutes } from '../../lambdas/gateway/routes/price-routes.ts';
import { noticeRoutes } from '../../lambdas/gateway/routes/notice-routes.ts';
import { tierRoutes } from '../../lambdas/gateway/routes/tier-routes.ts';
import { tableTierStore } from '../../lambdas/ledger/adapters/table-tier-store.ts';
import { routeRoutes } from '../../lambdas/gateway/routes/route-routes.ts';
import { usageRoutes } from '../../lambdas/gateway/routes/usage-routes.ts';
import { warnOfNames } from '../../lambdas/gateway/usecases/warn-of-names.ts';
import { tableOwnPrices } from '../../lambdas/inference/adapters/table-own-prices.ts';
import { tableRouteStore } from '../../lambdas/inference/adapters/table-route-store.ts';
import { dynamoCapBook } from '../../lambdas/ledger/adapters/dynamo-cap-book.ts';
import { dynamoProjectCaps } from '../../lambdas/ledger/adapters/dynamo-project-caps.ts';
import { dynamoProjectSettings } from '../../lambdas/ledger/adapters/dynamo-project-settings.ts';
import { dynamoCancelFlags } from '../../lambdas/ledger/adapters/dynamo-cancel-flags.ts';
import { dynamoUsageStore } from '../../lambdas/ledger/adapters/dynamo-usage-store.ts';
import { dynamoKeyRegister } from '../../lambdas/ledger/adapters/dynamo-key-register.ts';
import { dynamoSpendLedger } from '../../lambdas/ledger/adapters/dynamo-spend-ledger.ts';
import { byRoute, httpDoor } from '../../lambdas/http/door.ts';
import type { CapBook, SpendLedger, UsageStore } from '../../lambdas/ledger/ports.ts';
import { httpEntry } from '../../lambdas/platform/http-entry.ts';
import { invoke, proxyEvent } from './proxy-event.ts';
import { PROJECT } from './key-items.ts';
import { MemoryTables } from './memory-tables.ts';

type Answer = Promise<{ status: number; body: string }>;

/** The routes of keys, usage and calls on tables in memory, behind the real entry. */
export interface GatewayRoom {
  readonly usage: UsageStore;
  readonly ledger: SpendLedger;
  readonly capBook: CapBook;
  /** What notices sent. */
  readonly desk: NoticeDesk;
  /** An admin key. */
  readonly secret: string;
  send(method: string, path: string, body?: unknown, key?: string | null): Answer;
  mint(fields?: object): Promise<z.output<typeof keyWithSecretSchema>>;
}

const ROUTES = [
  '/v1/keys/{key_id}/rotate',
  '/v1/keys/{key_id}/usage',
  '/v1/keys/{key_id}',
  '/v1/routes/{name+}',
  '/v1/prices/own/{model_name+}',
  '/v1/notices/{notice_id}/test',
  '/v1/notices/{notice_id}',
  '/v1/tiers/{name}/apply',
  '/v1/tiers/{name}',
  '/v1/calls/{request_id}/cancel',
  '/v1/calls/{request_id}',
];

export const gatewayRoom = async (): Promise<GatewayRoom> => {
  const tables = new MemoryTables();
  const keys = dynamoKeyRegister({ tables });
  const ledger = dynamoSpendLedger({ tables });
  const usage = dynamoUsageStore({ tables });
  const capBook = dynamoCapBook({ tables });
  const settings = dynamoProjectSettings({ tables });
  const desk = noticeDesk();
  const tiers = tableTierStore(settings);
  const stores = { routes: tableRouteStore(settings), ownPrices: tableOwnPrices(settings) };
  const warn = warnOfNames(stores);
  const routes = {
    ...projectRoutes({
      keys,
      caps: dynamoProjectCaps({ tables, pause: async () => {}, nowMs: Date.now }),
    }),
    ...noticeRoutes({ ...noticeDeps(tables, desk), keys }),
    ...routeRoutes({ keys, settings, routes: stores.routes, warn }),
    ...priceRoutes({ keys, ownPrices: stores.ownPrices }),
    ...keyRoutes(keys, 'test', tiers, warn),
    ...tierRoutes({ keys, tiers, warn }),
    ...usageRoutes({ keys, usage }),
    ...spendRoutes({ keys, usage, capBook }),
    ...callRoutes({ keys, ledger, usage, cancelFlags: dynamoCancelFlags({ tables }) }),
  };
  const entry = httpEntry(httpDoor('*', () => 'native', byRoute(routes)));
  const admin = createKeyBody.parse({ name: 'admin', scope: 'admin' });
  const { secret } = await createKey({ keys, nowMs: Date.now(), mode: 'test' }, PROJECT, admin);
  const send: GatewayRoom['send'] = async (method, path, body, key = secret) =>
    await invoke(entry, proxyEvent(method, path, ROUTES, body, key));
  return {
    usage,
    ledger,
    capBook,
    desk,
    secret,
    send,
    mint: async (fields = {}) =>
      await as(keyWithSecretSchema, send('POST', '/v1/keys', { name: 'ada', ...fields })),
  };
};

/** A body as the contract has it. */
export const as = async <T extends z.ZodType>(schema: T, answer: Answer): Promise<z.output<T>> =>
  schema.parse(JSON.parse((await answer).body));
