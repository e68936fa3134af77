import { afterEach, describe, expect, test } from 'vitest';
import { FAILURES, routeRoom, type Mood, type RouteRoom } from '../../support/route-room.ts';
import type { RunEvent } from '../../../lambdas/threads/domain/run-event.ts';
import { PLACE } from '../../support/thread-rows.ts';
import { turnRoom } from '../../support/turn-room.ts';

const CHEAP = 'gpt-4o-mini';
const DEAR = 'gpt-4o';
const CLAUDE = 'claude-haiku-4-5';

let room: RouteRoom;
afterEach(() => room.stop());

/** A turn of a thread whose model is a route's name, run to its end. */
const run = async (
  model: string,
  targets: readonly string[],
  moods: Readonly<Record<string, readonly Mood[]>>,
  fields: object = {},
) => {
  room = await routeRoom();
  for (const [name, next] of Object.entries(moods)) room.mood(name, ...next);
  await room.route(model, targets, fields);
  const turns = await turnRoom(room.upstream.url, 0, undefined, undefined, room);
  const posted = await turns.post('hello', { settings: { model } });
  const told: RunEvent[] = [];
  for await (const page of posted.events) told.push(...page.map(({ event }) => event));
  const seen = told.map(({ type }) => type);
  const stored = await turns.deps.store.run(posted.run);
  const { steps } = await turns.deps.store.history(PLACE, {
    beforeSeq: null,
    afterSeq: posted.run.seq - 1,
    order: 'asc',
    limit: 1,
  });
  const { spentNanoUsd, heldNanoUsd } = await room.state();
  expect(heldNanoUsd).toBe(0);
  expect(spentNanoUsd).toBe(stored?.costNanoUsd);
  return { stored, steps, seen, told };
};

describe('a run by a route', () => {
  test.each(Object.entries(FAILURES))(
    'is answered by the next model after %s, and its message says so',
    async (_, script) => {
      const { stored, steps, seen, told } = await run('auto', [CHEAP, CLAUDE], {
        [CHEAP]: [script],
      });
      expect(stored?.status).toBe('complete');
      expect(seen.filter((type) => type === 'message_start')).toHaveLength(1);
      expect(steps.at(-1)).toMatchObject({
        model: CLAUDE,
        provider: 'anthropic',
        content: [{ type: 'text', text: 'hello' }],
      });
      expect(steps.at(-1)?.route).toMatch(
        new RegExp(`^auto; tier=free; try=${CHEAP}:\\w+; used=${CLAUDE}$`),
      );
      const by = { model: CLAUDE, provider: 'anthropic', route: steps.at(-1)?.route };
      expect(await room.last()).toMatchObject(by);
      expect(told.find(({ type }) => type === 'message_start')).toMatchObject({ message: { by } });
      expect(told.at(-1)).toMatchObject({ type: 'run.completed', ...by });
    },
  );

  test.each(['auto', CLAUDE])(
    'shows nothing of an answer of %s that ended with an error before its first token',
    async (name) => {
      const error = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
      const start = { type: 'message_start', message: { id: 'm', usage: { input_tokens: 9 } } };
      const events = [start, error].map(
        (event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`,
      );
      const targets = name === CLAUDE ? [CHEAP] : [CLAUDE, CHEAP];
      const { stored, steps, seen } = await run(name, targets, { [CLAUDE]: [{ chunks: events }] });
      expect(steps.at(-1)).toMatchObject({ model: CHEAP });
      expect(stored?.status).toBe('complete');
      expect(seen.filter((type) => type === 'message_start')).toHaveLength(1);
    },
  );

  test('counts what a silent model may have billed', async () => {
    const { stored, steps } = await run(
      'auto',
      [CHEAP, DEAR],
      { [CHEAP]: [{ ending: 'silent' }] },
      { first_token_ms: 500 },
    );
    expect(stored?.status).toBe('complete');
    expect(room.settled()).toMatchObject([{ model: CHEAP }, { model: DEAR }]);
    // Message and run agree on it.
    expect(steps.reduce((sum, { costNanoUsd }) => sum + costNanoUsd, 0)).toBe(stored?.costNanoUsd);
  });

  test('of a plain model is the same, after it failed', async () => {
    const { stored, steps } = await run(CHEAP, [DEAR], { [CHEAP]: [FAILURES['500']] });
    expect(stored?.status).toBe('complete');
    expect(steps.at(-1)).toMatchObject({ model: DEAR });
  });

  test('fails with the last error when nobody is left, and costs nothing', async () => {
    const { stored, steps } = await run('auto', [CHEAP, DEAR], {
      [CHEAP]: [FAILURES['500']],
      [DEAR]: [FAILURES['429 with Retry-After']],
    });
    expect(stored?.status).toBe('failed');
    expect(stored?.costNanoUsd).toBe(0);
    expect(steps.at(-1)?.route).toBe(`auto; tier=free; try=${CHEAP}:500; try=${DEAR}:429`);
  });
});
