import { afterEach, beforeEach, expect, test } from 'vitest';
import * as z from 'zod';
import type { Viewer } from '../../../lambdas/threads/sockets/domain/socket.ts';
import type { ConnectionPoster } from '../../../lambdas/threads/sockets/ports/sockets.ts';
import { PLACE } from '../../support/thread-rows.ts';
import { turnRoom } from '../../support/turn-room.ts';
import { startUpstream, type Upstream } from '../../support/upstream.ts';

let upstream: Upstream;
beforeEach(async () => {
  upstream = await startUpstream();
});
afterEach(() => upstream.stop());

const frame = z.object({ events: z.array(z.object({ event: z.object({ type: z.string() }) })) });

/** `stuck` takes nothing, `left` is gone, `broken` fails every time; the others hear. */
class Sockets implements ConnectionPoster {
  readonly heard = new Map<string, string[]>();
  readonly asked = new Map<string, number>();
  readonly closed: string[] = [];

  async post(id: string, text: string): Promise<'posted' | 'gone' | 'failed'> {
    this.asked.set(id, (this.asked.get(id) ?? 0) + 1);
    if (id === 'stuck') await new Promise(() => undefined);
    if (id === 'left') return 'gone';
    if (id === 'broken') return 'failed';
    const types = frame.parse(JSON.parse(text)).events.map(({ event }) => event.type);
    this.heard.set(id, [...(this.heard.get(id) ?? []), ...types]);
    return 'posted';
  }

  async close(id: string): Promise<void> {
    this.closed.push(id);
  }
}

const watched = async (...ids: readonly string[]) => {
  const poster = new Sockets();
  const turns = await turnRoom(upstream.url, 0, poster);
  const { connections } = turns.deps.sockets;
  for (const connectionId of ids) {
    const endsAtMs = Date.now() + (connectionId === 'late' ? -1 : 60_000);
    await connections.open({
      connectionId,
      keyId: 'key_a',
      secretHash: 'hash',
      projectId: PLACE.projectId,
      endUserId: PLACE.endUserId,
      isAdmin: false,
      endsAtMs,
    });
    const viewer: Viewer = {
      connectionId,
      threadId: PLACE.threadId,
      subscription: connectionId,
      cursor: { seq: 0, index: 0 },
      state: 'live',
      endsAtMs,
    };
    await connections.subscribe(viewer);
  }
  const left = async () =>
    (await connections.viewers(PLACE.threadId)).map(({ connectionId, cursor }) => [
      connectionId,
      cursor,
    ]);
  return { ...turns, poster, left };
};

test('a run waits for no viewer: who takes nothing is cut behind the end, the others have everything before', async () => {
  const turns = await watched('stuck', 'quick');
  const { events } = await turns.post('hello', {});
  let closedAtEnd: readonly string[] | null = null;
  let count = 0;
  for await (const page of events) {
    count += page.length;
    if (page.some(({ event }) => event.type === 'run.completed'))
      closedAtEnd = [...turns.poster.closed];
  }
  expect(closedAtEnd).toEqual([]);
  expect(turns.poster.heard.get('quick')).toHaveLength(count);
  expect(turns.poster.heard.get('quick')?.at(-1)).toBe('run.completed');
  expect(turns.poster.asked.get('stuck')).toBe(1);
  expect(turns.poster.closed).toEqual(['stuck']);
  expect(await turns.left()).toEqual([['quick', { seq: 2, index: count - 1 }]]);
});

test('who is gone is forgotten at the first post, who cannot be reached is cut after three, who is past its time gets none', async () => {
  const turns = await watched('left', 'broken', 'late', 'quick');
  const { events } = await turns.post('slow words', {});
  for await (const _page of events);
  expect(turns.poster.asked.get('left')).toBe(1);
  expect(turns.poster.asked.get('broken')).toBe(3);
  expect(turns.poster.asked.has('late')).toBe(false);
  expect(turns.poster.closed.toSorted()).toEqual(['broken', 'late']);
  expect((await turns.left()).map(([id]) => id)).toEqual(['quick']);
  expect(turns.poster.heard.get('quick')?.at(-1)).toBe('run.completed');
});
