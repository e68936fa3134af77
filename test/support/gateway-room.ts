import type * as z from 'zod';
import { createKeyBody } from '../../lambdas/gateway/formats/key-format.ts';
import { keyWithSecretSchema } from '../../lambdas/gateway/formats/openapi-schemas.ts';
import { callRoutes } from '../../lambdas/gateway/routes/call-routes.ts';
import { keyRoutes } from '../../lambdas/gateway/routes/key-routes.ts';
import { createKey } from '../../lambdas/gateway/usecases/manage-keys.ts';
import { usageRoutes } from '../../lambdas/gateway/routes/usage-routes.ts';
import { dynamoCancelFlags } from '../../lambdas/ledger/adapters/dynamo-cancel-flags.ts';
import { dynamoUsageStore } from '../../lambdas/ledger/adapters/dynamo-usage-store.ts';
import { dynamoKeyRegister } from '../../lambdas/ledger/adapters/dynamo-key-register.ts';
import { dynamoSpendLedger } from '../../lambdas/ledger/adapters/dynamo-spend-ledger.ts';
import { byRoute, httpDoor } from '../../lambdas/http/door.ts';
import type { SpendLedger, UsageStore } from '../../lambdas/ledger/ports.ts';
import { httpEntry } from '../../lambdas/platform/http-entry.ts';
import { invoke, proxyEvent } from './proxy-event.ts';
import { PROJECT } from './key-items.ts';
import { MemoryTables } from './memory-tables.ts';

type Answer = Promise<{ status: number; body: string }>;

/** The routes of keys, usage and calls on tables in memory, behind the real entry. */
export interface GatewayRoom {
  readonly usage: UsageStore;
  readonly ledger: SpendLedger;
  /** An admin key. */
  readonly secret: string;
  send(method: string, path: string, body?: unknown, key?: string | null): Answer;
  mint(fields?: object): Promise<z.output<typeof keyWithSecretSchema>>;
}

const ROUTES = [
  '/v1/keys/{key_id}/rotate',
  '/v1/keys/{key_id}/usage',
  '/v1/keys/{key_id}',
  '/v1/calls/{request_id}/cancel',
  '/v1/calls/{request_id}',
];

export const gatewayRoom = async (): Promise<GatewayRoom> => {
  const tables = new MemoryTables();
  const keys = dynamoKeyRegister({ tables });
  const ledger = dynamoSpendLedger({ tables });
  const usage = dynamoUsageStore({ tables });
  const routes = {
    ...keyRoutes(keys, 'test'),
    ...usageRoutes({ keys, usage }),
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
    secret,
    send,
    mint: async (fields = {}) =>
      await as(keyWithSecretSchema, send('POST', '/v1/keys', { name: 'ada', ...fields })),
  };
};

/** A body as the contract has it. */
export const as = async <T extends z.ZodType>(schema: T, answer: Answer): Promise<z.output<T>> =>
  schema.parse(JSON.parse((await answer).body));
