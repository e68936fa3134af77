import { afterAll, beforeAll, expect, test } from 'vitest';
import { postMessage } from '../../../lambdas/threads/usecases/post-message.ts';
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
