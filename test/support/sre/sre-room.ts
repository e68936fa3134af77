import { createKeyBody } from '../../../lambdas/gateway/formats/key-format.ts';
import { createKey } from '../../../lambdas/gateway/usecases/manage-keys.ts';
import { byRoute, httpDoor, type Handler } from '../../../lambdas/http/door.ts';
import { dynamoKeyRegister } from '../../../lambdas/ledger/adapters/dynamo-key-register.ts';
import type { KeyRegister } from '../../../lambdas/ledger/ports.ts';
import { httpEntry } from '../../../lambdas/platform/http-entry.ts';
import { PROJECT } from '../key-items.ts';
import { MemoryTables } from '../memory-tables.ts';
import { invoke, proxyEvent } from '../proxy-event.ts';

/** What routes of the SRE are made of, on tables in memory and a clock that a test sets. */
export interface SreRoomParts {
  readonly tables: MemoryTables;
  readonly keys: KeyRegister;
  readonly clock: { readonly nowMs: () => number };
}

export interface SreRoom {
  readonly tables: MemoryTables;
  nowMs: number;
  /** As an admin, behind the real entry. */
  send(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }>;
}

/** Routes with an admin key of the default project. */
export const sreRoom = async (
  startMs: number,
  resources: readonly string[],
  routesOf: (parts: SreRoomParts) => Readonly<Record<string, Handler>>,
): Promise<SreRoom> => {
  const tables = new MemoryTables();
  const keys = dynamoKeyRegister({ tables });
  const admin = createKeyBody.parse({ name: 'admin', scope: 'admin' });
  const { secret } = await createKey({ keys, nowMs: startMs, mode: 'test' }, PROJECT, admin);
  const room: SreRoom = {
    tables,
    nowMs: startMs,
    send: async (method, path, body) => {
      const answer = await invoke(entry, proxyEvent(method, path, resources, body, secret));
      const parsed: unknown = JSON.parse(answer.body);
      return { status: answer.status, body: parsed };
    },
  };
  const routes = routesOf({ tables, keys, clock: { nowMs: () => room.nowMs } });
  const entry = httpEntry(httpDoor('*', () => 'native', byRoute(routes)));
  return room;
};
