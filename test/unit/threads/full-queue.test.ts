import { afterAll, beforeAll, expect, test } from 'vitest';
import { httpDoor } from '../../../lambdas/http/door.ts';
import { httpEntry } from '../../../lambdas/platform/http-entry.ts';
import { WAITING_RUNS_MAX } from '../../../lambdas/threads/domain/limits.ts';
import type { Posted } from '../../../lambdas/threads/usecases/post-message.ts';
import { stopRun } from '../../../lambdas/threads/usecases/stop-run.ts';
import { runClaimed } from '../../../lambdas/threads/usecases/run-claimed.ts';
import { invoke, proxyEvent } from '../../support/proxy-event.ts';
import { PLACE } from '../../support/thread-rows.ts';
import { turnRoom } from '../../support/turn-room.ts';
import { startUpstream, type Upstream } from '../../support/upstream.ts';

let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream();
});
afterAll(() => upstream.stop());

const lastOf = async ({ events }: Posted): Promise<string> => {
  let last = '';
  for await (const page of events) last = page.at(-1)?.event.type ?? last;
  return last;
};

test('of 101 runs that wait the last is refused and writes nothing; the others are let go and the thread goes on', async () => {
  const { deps, post, room } = await turnRoom(upstream.url);
  const active = await post('slow', {});
  const readers = [lastOf(active)];
  const waiting: Posted[] = [];
  for (let place = 0; place < WAITING_RUNS_MAX; place++) {
    const posted = await post('hello', {});
    waiting.push(posted);
    readers.push(lastOf(posted));
  }
  const before = await deps.store.get(PLACE);
  const entry = httpEntry(
    httpDoor(
      '*',
      () => 'native',
      async () => ({ status: 200, body: (await post('one more', {})).run }),
    ),
  );
  const refused = await invoke(entry, proxyEvent('POST', '/v1/x', [], {}, null));
  expect([refused.status, JSON.parse(refused.body)]).toMatchObject([
    429,
    { error: { code: 'thread_queue_full', type: 'rate_limit_error' } },
  ]);
  expect(await deps.store.get(PLACE)).toEqual(before);
  expect(before).toMatchObject({ activeRun: active.run.seq, lastSeq: 202 });

  for (const { run } of waiting.slice(1)) await stopRun(deps, run, 'anybody');
  await stopRun(deps, active.run, 'anybody');
  const [next] = waiting;
  if (next === undefined) throw new Error('nobody waits');
  const isClaimed = async () => (await deps.store.get(PLACE))?.activeRun === next.run.seq;
  await expect.poll(isClaimed).toBe(true);
  await runClaimed(deps, { run: next.run, nonce: 'n', deadlineMs: Date.now() + 900_000 });
  const ends = await Promise.all(readers);
  expect(ends.slice(0, 2)).toEqual(['run.cancelled', 'run.completed']);
  expect(new Set(ends.slice(2))).toEqual(new Set(['run.cancelled']));
  expect(await deps.store.get(PLACE)).toMatchObject({ activeRun: null, queue: [] });
  expect(await room.state()).toMatchObject({ heldNanoUsd: 0, holdCount: 0 });
});
