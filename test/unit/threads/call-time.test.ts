import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toolOutcome } from '../../../lambdas/threads/tools/domain/tool-outcome.ts';
import type { Posted } from '../../../lambdas/threads/usecases/post-message.ts';
import { eventually } from '../../support/stack.ts';
import { turnRoom } from '../../support/turn-room.ts';
import { startUpstream, type Upstream } from '../../support/upstream.ts';

/** Long enough for what ends by itself, on a busy machine too. */
const CALL_MS = 3_000;

let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream();
});
afterAll(() => upstream.stop());

const told = async ({ events }: Posted) => {
  const all = [];
  for await (const page of events) all.push(...page.map(({ event }) => event));
  return all;
};

describe('the longest call of a stage', () => {
  test('ends a turn that outlasts it: incomplete by its deadline, what came is kept and paid, the provider is aborted', async () => {
    const { post, deps, room } = await turnRoom(upstream.url);
    const posted = await post('endless', { callMsMax: CALL_MS });
    const events = await told(posted);
    expect(events.at(-1)).toMatchObject({ type: 'run.incomplete', stop_reason: 'deadline' });
    const run = await deps.store.run(posted.run);
    expect(run).toMatchObject({ status: 'incomplete', stopReason: 'deadline' });
    expect(run?.costNanoUsd).toBeGreaterThan(0);
    const { steps } = await deps.store.history(posted.run, {
      afterSeq: posted.run.seq - 1,
      beforeSeq: null,
      order: 'asc',
      limit: 1,
    });
    const words = JSON.stringify(steps[0]?.content);
    expect(words).toContain('word0 ');
    expect(await room.last()).toMatchObject({ status: 'deadline', estimated: true });
    expect(await room.state()).toMatchObject({ holdCount: 0, spentNanoUsd: run?.costNanoUsd });
    await eventually(async () => expect(upstream.abortedAtMs).toHaveLength(1));
  });

  test('counts for each call of a run: its tools and its other calls take their own time', async () => {
    const { post, deps } = await turnRoom(upstream.url);
    const posted = await post('look', {
      settings: { toolsMode: 'tenant' },
      callMsMax: CALL_MS,
      tools: {
        ...deps.tools,
        call: async (_run, use) => {
          await wait(2 * CALL_MS);
          return toolOutcome(use, 'a door', 'completed', { latencyMs: 1, attempts: 1 });
        },
      },
    });
    expect((await told(posted)).at(-1)).toMatchObject({ type: 'run.completed' });
  });
});
