import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { minuteOf, stateKey } from '../../../lambdas/ledger/adapters/ledger-expressions.ts';
import { keyItem } from '../../../lambdas/ledger/adapters/key-item.ts';
import type { RunTurnDeps } from '../../../lambdas/threads/usecases/run-types.ts';
import type { Posted } from '../../../lambdas/threads/usecases/post-message.ts';
import { runClaimed } from '../../../lambdas/threads/usecases/run-claimed.ts';
import { KEY_ID, PROJECT } from '../../support/key-items.ts';
import { PLACE } from '../../support/thread-rows.ts';
import { turnRoom, type TurnRoom } from '../../support/turn-room.ts';
import { startUpstream, type Upstream } from '../../support/upstream.ts';

let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream();
});
afterAll(() => upstream.stop());

/** Calls that the key's minutes count, and those that its stream tells the usage of. */
const callsOf = async ({ room }: TurnRoom) => {
  const item = keyItem.parse(await room.tables.get('keys', stateKey(KEY_ID)));
  const counted = [minuteOf(Date.now() - 60_000), minuteOf(Date.now())].reduce(
    (sum, minute) => sum + (item.rate[minute] ?? 0),
    0,
  );
  const told = room.tables.stream.flatMap(({ after }) => {
    const { write, last } = keyItem.parse(after);
    return write === 'settle' || write === 'expire' ? [`${last?.holdId} ${last?.status}`] : [];
  });
  return { counted, told };
};

const produce = async ({ deps }: TurnRoom, { run }: Posted): Promise<void> =>
  await runClaimed(deps, { run, nonce: 'elsewhere', deadlineMs: Date.now() + 900_000 });

const readAll = async ({ events }: Posted): Promise<void> => {
  for await (const _page of events) continue;
};

describe('a turn counts once and is one call', () => {
  test('when another function produces it: the POST shows that there is money and leaves no trace', async () => {
    const turns = await turnRoom(upstream.url);
    await turns.room.deps.keys.patch(PROJECT, KEY_ID, { rpm: 2 }, Date.now());
    const posted = await turns.post('hello', { isBackground: true });
    expect(await callsOf(turns)).toEqual({ counted: 0, told: [] });
    expect(await turns.room.state()).toMatchObject({ heldNanoUsd: 0, holdCount: 0 });
    await produce(turns, posted);
    const { counted, told } = await callsOf(turns);
    expect([counted, told]).toEqual([1, [expect.stringMatching(/ completed$/)]]);
    const again = await turns.post('hello', { isBackground: true });
    await produce(turns, again);
    expect(await turns.deps.store.run(again.run)).toMatchObject({ status: 'complete' });
    await expect(turns.post('hello', { isBackground: true })).rejects.toMatchObject({
      code: 'rate_limited',
    });
  });

  test('when it was refused for want of money nothing is written, and it counts for nothing', async () => {
    const turns = await turnRoom(upstream.url);
    await turns.room.deps.keys.patch(PROJECT, KEY_ID, { capNanoUsd: 1 }, Date.now());
    await expect(turns.post('hello', { isBackground: true })).rejects.toMatchObject({
      code: 'request_exceeds_budget',
    });
    expect(await callsOf(turns)).toEqual({ counted: 0, told: [] });
    expect(await turns.deps.store.get(PLACE)).toMatchObject({ lastSeq: 0, activeRun: null });
  });

  test('when somebody else was first and it waits: it holds when it begins', async () => {
    const turns = await turnRoom(upstream.url);
    const [first, second] = await Promise.all([turns.post('hello', {}), turns.post('hello', {})]);
    const [active, waiting] = first.run.status === 'active' ? [first, second] : [second, first];
    expect([active.run.status, waiting.run.status]).toEqual(['active', 'queued']);
    await readAll(active);
    await produce(turns, waiting);
    await readAll(waiting);
    const { counted, told } = await callsOf(turns);
    expect([counted, told.length]).toEqual([2, 2]);
  });

  test('when the thread grew under it and its context is chosen again', async () => {
    const turns = await turnRoom(upstream.url);
    const { store } = turns.deps;
    let looks = 0;
    const grown: RunTurnDeps['store'] = {
      ...store,
      openTurn: async (turn) => {
        const record = { requestId: 'other', bodyHash: 'b', expiresAtMs: Date.now() + 60_000 };
        if (looks++ === 0) await store.append(turn.place, record, turn.messages);
        return await store.openTurn(turn);
      },
    };
    const posted = await turns.post('hello', { store: grown });
    await readAll(posted);
    expect(looks).toBe(2);
    const { counted, told } = await callsOf(turns);
    expect([counted, told]).toEqual([1, ['h1 completed']]);
  });
});
