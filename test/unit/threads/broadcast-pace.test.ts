import { expect, test } from 'vitest';
import * as z from 'zod';
import { tableChunkLog } from '../../../lambdas/threads/adapters/table-chunk-log.ts';
import { tableThreadStore } from '../../../lambdas/threads/adapters/threads/table-thread-store.ts';
import { FRAME_PAUSE_MS } from '../../../lambdas/threads/domain/limits.ts';
import type { LoggedEvent } from '../../../lambdas/threads/domain/run-event.ts';
import { tableConnections } from '../../../lambdas/threads/sockets/adapters/table-connections.ts';
import { socketAudience } from '../../../lambdas/threads/sockets/usecases/socket-audience.ts';
import { HandClock, settled } from '../../support/hand-clock.ts';
import { MemoryTables } from '../../support/memory-tables.ts';
import { newRun, PLACE } from '../../support/thread-rows.ts';

const frame = z.object({ events: z.array(z.object({ cursor: z.string() })) });

/** A producer and one live viewer, whose posts are under way until the test ends them. */
const watched = async () => {
  const clock = new HandClock();
  const { timers } = clock;
  const tables = new MemoryTables();
  const connections = tableConnections(tables);
  const posts: string[][] = [];
  const underWay: (() => void)[] = [];
  const run = newRun(clock.nowMs);
  const socket = { connectionId: 'tab', endsAtMs: clock.nowMs + 60_000 };
  await connections.open({
    ...socket,
    keyId: 'key_a',
    secretHash: 'hash',
    projectId: PLACE.projectId,
    endUserId: PLACE.endUserId,
    isAdmin: false,
  });
  await connections.subscribe({
    ...socket,
    threadId: PLACE.threadId,
    subscription: 's',
    cursor: { seq: 0, index: 0 },
    state: 'live',
  });
  const audience = socketAudience({
    connections,
    poster: {
      post: async (_id, text) => {
        posts.push(frame.parse(JSON.parse(text)).events.map(({ cursor }) => cursor.slice(-2)));
        await new Promise<void>((end) => underWay.push(end));
        return 'posted';
      },
      close: async () => undefined,
    },
    store: tableThreadStore({ tables, timers, random: () => 0 }),
    chunks: tableChunkLog({ tables, timers }),
    timers,
    report: (message, error) => {
      throw new Error(message, { cause: error });
    },
  }).follow(run, []);
  await clock.pass(0);
  let index = 0;
  const show = async (count = 1): Promise<void> => {
    const events = Array.from({ length: count }, (): LoggedEvent => ({
      index: index++,
      event: { type: 'message_stop' },
    }));
    audience.show(events);
    await settled();
  };
  const arrive = async (): Promise<void> => {
    underWay.shift()?.();
    await settled();
  };
  return { clock, posts, show, arrive };
};

test('what is stored is posted in the same moment to a viewer who has all that came before', async () => {
  const { clock, posts, show, arrive } = await watched();
  await show();
  expect(posts).toEqual([['00']]);
  await arrive();
  await clock.pass(FRAME_PAUSE_MS);
  await show(2);
  expect(posts).toEqual([['00'], ['01', '02']]);
});

test('what comes while a post is under way is one frame behind it', async () => {
  const { clock, posts, show, arrive } = await watched();
  await show();
  await clock.pass(FRAME_PAUSE_MS);
  await show();
  await clock.pass(FRAME_PAUSE_MS);
  await show();
  expect(posts).toEqual([['00']]);
  await arrive();
  expect(posts).toEqual([['00'], ['01', '02']]);
});

test('frames to a viewer begin no closer than the pause, however fast events come', async () => {
  const { clock, posts, show, arrive } = await watched();
  await show();
  await arrive();
  for (let ms = 0; ms < FRAME_PAUSE_MS; ms += 10) {
    await show();
    expect(posts).toHaveLength(1);
    await clock.pass(10);
  }
  expect(posts).toHaveLength(2);
  expect(posts[1]).toHaveLength(FRAME_PAUSE_MS / 10);
});
