import { describe, expect, test } from 'vitest';
import { dynamoKeyDoor } from '../../../lambdas/ledger/adapters/dynamo-key-door.ts';
import type { KeyItem } from '../../../lambdas/ledger/adapters/key-item.ts';
import { hashSecret, mintSecret } from '../../../lambdas/shared/secret.ts';
import type { Tables } from '../../../lambdas/platform/tables/tables.ts';
import { tableConnections } from '../../../lambdas/threads/sockets/adapters/table-connections.ts';
import { socketConnect } from '../../../lambdas/threads/sockets/routes/socket-connect.ts';
import { checkSocketsOfKey } from '../../../lambdas/threads/sockets/usecases/check-socket.ts';
import { handlerContext } from '../../support/chat-room.ts';
import { KEY_ID, placeItem, stateItem } from '../../support/key-items.ts';
import { MemoryTables } from '../../support/memory-tables.ts';

const NOW_MS = Date.UTC(2026, 10, 24);
const ID = 'Q2h1+9/x7CoCJTg=';
const SECRET = mintSecret(KEY_ID, 'live');
/** The key, the socket, its place among those of the key, and the key once more. */
const STEPS = 4;

/** Something else happens before one of the steps, or after them all. */
const interrupted = (tables: Tables, at: number, meanwhile: () => Promise<void>): Tables => {
  let steps = 0;
  const step = async (): Promise<void> => {
    if (steps++ === at) await meanwhile();
  };
  return {
    get: async (...args) => {
      await step();
      return await tables.get(...args);
    },
    write: async (write) => {
      await step();
      return await tables.write(write);
    },
    getMany: async (...args) => await tables.getMany(...args),
    query: async (query) => await tables.query(query),
    update: async (update) => await tables.update(update),
    transact: async (writes) => await tables.transact(writes),
  };
};

/** A handshake, and what an admin changed of its key, as the Keys stream reports it at any moment of it. */
const opened = async (at: number, changed: Partial<KeyItem>) => {
  const tables = new MemoryTables();
  const timers = { nowMs: () => NOW_MS, sleep: async () => undefined };
  const fields = { secret_hash: hashSecret(SECRET), user_id: 'ada' };
  await placeItem(tables, stateItem(fields, NOW_MS));
  const connections = tableConnections(tables);
  const closed: string[] = [];
  const poster = {
    post: async () => await Promise.resolve('posted' as const),
    close: async (id: string) => void closed.push(id),
  };
  const report = () => undefined;
  const meanwhile = async (): Promise<void> => {
    await placeItem(tables, stateItem({ ...fields, ...changed }, NOW_MS));
    const deps = { keys: dynamoKeyDoor({ tables }), connections, poster, timers, report };
    await checkSocketsOfKey(deps, KEY_ID);
  };
  const stepped = interrupted(tables, at, meanwhile);
  const answer = await socketConnect({
    keys: dynamoKeyDoor({ tables: stepped }),
    connections: tableConnections(stepped),
    timers,
  })
    .answer(
      {
        connectionId: ID,
        requestId: 'r1',
        connectedAtMs: NOW_MS,
        headers: { authorization: `Bearer ${SECRET}` },
        query: {},
        text: '',
      },
      handlerContext(),
    )
    .catch(() => null);
  if (at === STEPS) await meanwhile();
  const rows = tables.items.connections.size;
  return { isOpen: answer?.status === 200 && !closed.includes(ID), rows };
};

describe.each(Array.from({ length: STEPS + 1 }, (_, at) => at))(
  'a change of the key, reported before step %i of a socket that opens',
  (at) => {
    test('leaves it open when the key still carries it: news of a key that was just made come late', async () => {
      expect(await opened(at, {})).toEqual({ isOpen: true, rows: 2 });
    });

    test.each([
      ['paused', { status: 'paused' }],
      ['revoked', { status: 'revoked' }],
      ['given another secret', { secret_hash: 'other' }],
    ] as const)('leaves nothing of it when the key is %s', async (_what, changed) => {
      expect(await opened(at, changed)).toEqual({ isOpen: false, rows: 0 });
    });

    test('leaves nothing of it when it is the socket of who had the key before', async () => {
      // Before the first step it opens for the new owner.
      const isOpen = at === 0;
      expect(await opened(at, { user_id: 'eve' })).toEqual({ isOpen, rows: isOpen ? 2 : 0 });
    });
  },
);
