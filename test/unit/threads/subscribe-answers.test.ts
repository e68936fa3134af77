import type { Context } from 'aws-lambda';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import type { TransactOutcome, Write } from '../../../lambdas/platform/tables/tables.ts';
import { socketEntry } from '../../../lambdas/platform/socket-entry.ts';
import {
  socketMessages,
  watchHandler,
} from '../../../lambdas/threads/sockets/routes/socket-messages.ts';
import { handlerContext } from '../../support/chat-room.ts';
import { KEY_ID } from '../../support/key-items.ts';
import { MemoryTables } from '../../support/memory-tables.ts';
import { turnRoom } from '../../support/turn-room.ts';
import { startUpstream, type Upstream } from '../../support/upstream.ts';

let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream();
});
afterAll(() => upstream.stop());

/** Transactions of sockets lose so many races with others, as on a machine under load. */
class RacyTables extends MemoryTables {
  races = 0;

  override async transact(writes: readonly Write[]): Promise<TransactOutcome> {
    const isSocket = writes.some(({ table }) => table === 'connections');
    if (!isSocket || this.races === 0) return await super.transact(writes);
    this.races--;
    return { kind: 'refused', items: writes.map(() => undefined) };
  }
}

const frame = z.looseObject({ type: z.string(), code: z.string().optional() });

const openSocket = async () => {
  const told: z.infer<typeof frame>[] = [];
  const tables = new RacyTables();
  const poster = {
    post: async (_id: string, text: string) => {
      told.push(frame.parse(JSON.parse(text)));
      return 'posted' as const;
    },
    close: async () => void told.push({ type: 'closed' }),
  };
  const { deps, room } = await turnRoom(upstream.url, 0, poster, tables);
  const place = {
    projectId: 'project_default',
    endUserId: null,
    threadId: `thread_${'1'.repeat(20)}`,
  };
  await deps.store.create({
    ...place,
    title: null,
    metadata: {},
    lastSeq: 0,
    activeRun: null,
    queue: [],
    superseded: [],
    createdAtMs: 0,
    lastActiveAtMs: 0,
    deletedAtMs: null,
  });
  await deps.sockets.connections.open({
    connectionId: 'tab',
    keyId: KEY_ID,
    secretHash: 'hash',
    projectId: place.projectId,
    endUserId: null,
    isAdmin: false,
    endsAtMs: Date.now() + 60_000,
  });
  const all = { ...deps, keys: room.deps.keys };
  const entry = socketEntry(socketMessages(all, watchHandler(all)));
  const context: Context = handlerContext();
  const say = async (message: object) => {
    told.splice(0);
    const { body } = await entry(
      {
        requestContext: { connectionId: 'tab', requestId: 'r', connectedAt: Date.now() },
        body: JSON.stringify({ thread_id: place.threadId, ...message }),
      },
      context,
    );
    if (body !== undefined) told.push(frame.parse(JSON.parse(body)));
    return told.map(({ type, code }) => code ?? type);
  };
  return { tables, say };
};

test.each([0, 1, 7, 15])(
  'a subscribe that loses %i races is answered as any other',
  async (races) => {
    const { tables, say } = await openSocket();
    tables.races = races;
    expect(await say({ type: 'subscribe' })).toEqual(['subscribed']);
    tables.races = races;
    expect(await say({ type: 'subscribe' })).toEqual(['subscribed']);
    tables.races = races;
    expect(await say({ type: 'unsubscribe' })).toEqual(['unsubscribed']);
  },
);

test.each(['subscribe', 'unsubscribe'])(
  'a %s that loses every race is answered by an error, and may be sent again',
  async (type) => {
    const { tables, say } = await openSocket();
    await say({ type: 'subscribe' });
    tables.races = Infinity;
    expect(await say({ type })).toEqual(['storage_unavailable']);
    tables.races = 0;
    expect(await say({ type })).toEqual([`${type}d`]);
  },
);
