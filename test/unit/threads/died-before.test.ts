import { afterAll, beforeAll, expect, test } from 'vitest';
import { postMessage } from '../../../lambdas/threads/usecases/post-message.ts';
import { sweepRuns } from '../../../lambdas/threads/usecases/sweep-runs.ts';
import { KEY_ID } from '../../support/key-items.ts';
import { PLACE, SETTINGS } from '../../support/thread-rows.ts';
import { turnRoom } from '../../support/turn-room.ts';
import { startUpstream, type Upstream } from '../../support/upstream.ts';

let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream();
});
afterAll(() => upstream.stop());

test('an interrupt whose function died has asked the run at work to stop, and is one turn when it is sent again', async () => {
  const { deps, post } = await turnRoom(upstream.url);
  const { run } = await post('hello', {});
  const input = {
    place: PLACE,
    credential: { keyId: KEY_ID, secretHash: 'hash' },
    requestId: 'once',
    bodyHash: 'b',
    call: { requestId: 'req_once', holdId: 'once' },
    messages: [{ role: 'user', content: [{ type: 'text', text: 'stop' }] }],
    supersedesFrom: null,
    settings: SETTINGS,
    concurrency: 'interrupt',
    nonce: 'nonce',
    deadlineMs: Date.now() + 900_000,
  } as const;
  const cancelRun = async (): Promise<never> => await Promise.reject(new Error('died'));
  const dying = { ...deps, store: { ...deps.store, cancelRun } };
  await expect(postMessage(dying, input)).rejects.toThrow('died');
  expect(await deps.store.run(run)).toMatchObject({ cancelAskedAtMs: expect.any(Number) });
  expect(await postMessage(deps, input)).toMatchObject({ isReplay: true });
});

test('a waiting run whose canceller died is ended by the sweep', async () => {
  const { deps, post } = await turnRoom(upstream.url);
  await post('hello', {});
  const { run } = await post('and then', {});
  expect(run).toMatchObject({ status: 'queued' });
  await deps.store.cancelRun(run, Date.now());
  expect(await sweepRuns(deps, () => 'sweep')).toBe(1);
  expect(await deps.store.run(run)).toMatchObject({ status: 'cancelled' });
});

test('a run that waits, and whose last answer came from somebody who died, is woken by the sweep', async () => {
  const waits = { kind: 'waits', wants: 'result' } as const;
  const { deps, post, started } = await turnRoom(upstream.url);
  const tools = { ...deps.tools, call: async () => await Promise.resolve(waits) };
  const { run, events } = await post('look', { settings: { toolsMode: 'tenant' }, tools });
  let asked: readonly string[] = [];
  for await (const page of events)
    for (const { event } of page)
      if (event.type === 'run.requires_action') asked = event.tool_use_ids;
  for (const id of asked) {
    const block = { type: 'tool_result', tool_use_id: id, content: 'a door' } as const;
    await deps.store.putToolAnswer(run, id, { kind: 'result', block }, Date.now());
  }
  expect([asked.length, started]).toEqual([1, []]);
  await sweepRuns(deps, () => 'sweep');
  expect(started).toMatchObject([{ seq: run.seq }]);
  expect(await deps.store.run(run)).toMatchObject({ status: 'active', writer: null });
});
