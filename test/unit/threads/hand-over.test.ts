import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LoggedEvent } from '../../../lambdas/threads/domain/run-event.ts';
import { runClaimed } from '../../../lambdas/threads/usecases/run-claimed.ts';
import { eventually } from '../../support/stack.ts';
import { turnRoom } from '../../support/turn-room.ts';
import { startUpstream, type Upstream } from '../../support/upstream.ts';

const MINUTE_MS = 60_000;

let upstream: Upstream;
beforeEach(async () => {
  upstream = await startUpstream();
});
afterEach(() => upstream.stop());

/** A run whose model asks for a tool that may take so long, in a function with so much time left. */
const ask = async (toolMs: number, leftMs: number) => {
  const turns = await turnRoom(upstream.url, toolMs);
  const { run, events } = await turns.post('look', { settings: { toolsMode: 'tenant' }, leftMs });
  const told: LoggedEvent[] = [];
  const watching = (async () => {
    for await (const page of events) told.push(...page);
  })();
  const handedOver = async () =>
    await eventually(async () => expect(turns.started).toHaveLength(1));
  const next = async (minutes: number) =>
    await runClaimed(turns.deps, {
      run,
      nonce: 'next',
      deadlineMs: Date.now() + minutes * MINUTE_MS,
    });
  const stored = async () => await turns.deps.store.run(run);
  return { ...turns, told, watching, handedOver, next, stored };
};

describe('before a batch of tools that would outlive its function', () => {
  test('a run is handed over, and the next function runs the tool once, on the same log', async () => {
    const run = await ask(2 * MINUTE_MS, 1.5 * MINUTE_MS);
    await run.handedOver();
    expect(run.calls).toEqual([]);
    expect(await run.stored()).toMatchObject({ status: 'active', writer: null, epoch: 1 });
    await run.next(15);
    await run.watching;
    expect(run.calls).toHaveLength(1);
    const { told } = run;
    expect(told.map(({ index }) => index)).toEqual(told.map((_event, place) => place));
    expect(told.filter(({ event }) => event.type === 'tool_result')).toHaveLength(1);
    expect(told.at(-1)?.event.type).toBe('run.completed');
    expect(await run.stored()).toMatchObject({ status: 'complete', epoch: 2 });
    expect(upstream.bodies).toHaveLength(2);
    expect(await run.room.state()).toMatchObject({ heldNanoUsd: 0, holdCount: 0 });
  });

  test('a function that has just begun runs it: no run is handed on for ever', async () => {
    const run = await ask(2 * MINUTE_MS, 1.5 * MINUTE_MS);
    await run.handedOver();
    await run.next(1.5);
    await run.watching;
    expect([run.calls.length, run.started.length]).toEqual([1, 1]);
  });

  test.each([
    ['a tool that fits', 30_000, 1.5 * MINUTE_MS],
    ['any tool while there is time for the slowest', 2 * MINUTE_MS, 14 * MINUTE_MS],
  ])('%s is not handed over', async (_kind, toolMs, leftMs) => {
    const run = await ask(toolMs, leftMs);
    await run.watching;
    expect(run.calls).toHaveLength(1);
    expect(run.started).toEqual([]);
    expect(await run.stored()).toMatchObject({ status: 'complete', epoch: 1 });
  });

  test('a tool that waits for its client is asked at once; the next turn of the model is another function’s', async () => {
    const run = await ask(0, MINUTE_MS / 2);
    await run.handedOver();
    expect(run.calls).toHaveLength(1);
    await run.next(15);
    await run.watching;
    expect(await run.stored()).toMatchObject({ status: 'complete', epoch: 2 });
  });
});
