import { afterAll, beforeAll, expect, test } from 'vitest';
import { turnRoom } from '../../support/turn-room.ts';
import { PLACE } from '../../support/thread-rows.ts';
import { startUpstream, type Upstream } from '../../support/upstream.ts';

let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream();
});
afterAll(() => upstream.stop());

test.each([
  ['that was answered', 'hello', 'complete', 1],
  ['with a tool between two turns of the model', 'look', 'complete', 2],
  ['whose provider told no usage', 'silent', 'complete', 1],
  ['whose provider broke off', 'cut', 'failed', 1],
  ['whose provider failed before a word', 'fail', 'failed', 0],
  ['that was cancelled in mid-answer', 'slow', 'cancelled', 1],
])(
  'a run %s costs the same to the nano-dollar in its message, in itself and in the ledger',
  async (_kind, words, status, turns) => {
    const { deps, room, post } = await turnRoom(upstream.url);
    const { run, events } = await post(words, { settings: { toolsMode: 'tenant' } });
    for await (const page of events)
      if (words === 'slow' && page.some(({ event }) => event.type === 'content_block_delta'))
        await deps.store.cancelRun(run, Date.now());
    const stored = await deps.store.run(run);
    expect(stored?.status).toBe(status);
    const { steps } = await deps.store.history(PLACE, {
      beforeSeq: null,
      afterSeq: run.seq - 1,
      order: 'asc',
      limit: 1,
    });
    const inMessage = steps.reduce((sum, step) => sum + step.costNanoUsd, 0);
    const key = await room.state();
    expect([inMessage, stored?.costNanoUsd, key.spentNanoUsd]).toEqual(Array(3).fill(inMessage));
    expect(inMessage > 0).toBe(turns > 0);
    expect(key).toMatchObject({ heldNanoUsd: 0, holdCount: 0 });
    const last = await room.last();
    if (turns === 1) expect(last).toMatchObject({ costNanoUsd: inMessage });
    else if (turns === 2) expect(steps.at(-1)?.costNanoUsd).toBe(last?.costNanoUsd);
  },
);
