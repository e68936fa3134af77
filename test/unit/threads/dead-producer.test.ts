import { afterEach, beforeEach, expect, test } from 'vitest';
import * as z from 'zod';
import { LEASE_MS } from '../../../lambdas/threads/domain/limits.ts';
import type { SocketConnection } from '../../../lambdas/threads/sockets/domain/socket.ts';
import { runClaimed } from '../../../lambdas/threads/usecases/run-claimed.ts';
import { subscribe } from '../../../lambdas/threads/sockets/usecases/subscribe.ts';
import { newTurn, PLACE } from '../../support/thread-rows.ts';
import { turnRoom } from '../../support/turn-room.ts';
import { startUpstream, type Upstream } from '../../support/upstream.ts';

let upstream: Upstream;
beforeEach(async () => {
  upstream = await startUpstream();
});
afterEach(() => upstream.stop());

const frame = z.looseObject({
  type: z.string(),
  events: z.array(z.object({ event: z.object({ type: z.string() }) })).default([]),
});

/** A run whose producer stored one event and renewed its lease so long ago, and a socket that watches nothing yet. */
const begun = async (agoMs: number) => {
  const told: string[] = [];
  const { deps, started } = await turnRoom(upstream.url, 0, {
    post: async (_id, text) => {
      const { type, events } = frame.parse(JSON.parse(text));
      told.push(...(type === 'events' ? events.map(({ event }) => event.type) : [type]));
      return 'posted';
    },
    close: async () => undefined,
  });
  const { run } = await deps.store.openTurn(newTurn('r1', Date.now() - agoMs));
  if (run === null) throw new Error('no run');
  const event = { type: 'message_stop' } as const;
  await deps.chunks.append(run, { epoch: 1, nonce: 'post' }, { firstIndex: 0, events: [event] });
  const socket: SocketConnection = {
    connectionId: 'tab',
    keyId: 'key_a',
    secretHash: 'hash',
    projectId: PLACE.projectId,
    endUserId: PLACE.endUserId,
    isAdmin: false,
    endsAtMs: Date.now() + 60_000,
  };
  await deps.sockets.connections.open(socket);
  const watch = async () =>
    await subscribe(
      { ...deps, ...deps.sockets },
      { socket, place: PLACE, after: null, nonce: 's' },
    );
  const next = async () =>
    await runClaimed(deps, { run, nonce: 'next', deadlineMs: Date.now() + 60_000 });
  return { deps, run, started, told, watch, next };
};

test('who subscribes to a run whose producer died has it ended, and is told so', async () => {
  const { deps, run, started, told, watch, next } = await begun(LEASE_MS + 1_000);
  await watch();
  expect(started).toEqual([expect.objectContaining({ threadId: run.threadId, seq: run.seq })]);
  await next();
  expect(told).toEqual(['message_stop', 'run.interrupted']);
  expect(await deps.store.run(run)).toMatchObject({ status: 'incomplete' });
  expect(upstream.bodies).toEqual([]);
});

test('a producer that lives is left alone, by a subscription and by a function that was asked for nothing', async () => {
  const { deps, run, started, watch, next } = await begun(LEASE_MS - 5_000);
  await watch();
  expect(started).toEqual([]);
  await next();
  expect(await deps.store.run(run)).toMatchObject({ status: 'active', epoch: 1 });
});
