import { afterEach, describe, expect, test } from 'vitest';
import type { NewKey } from '../../../lambdas/ledger/ports.ts';
import { textOf } from '../../support/engine-room.ts';
import { errorOf } from '../../support/scripted-answers.ts';
import { chatAnswer, FAILURES, routeRoom, type RouteRoom } from '../../support/route-room.ts';

const CHEAP = 'gpt-4o-mini';
const DEAR = 'gpt-4o';
const DEAREST = 'gpt-4';

let room: RouteRoom;
const open = async (key: Partial<Omit<NewKey, 'profile'>> = {}): Promise<void> => {
  room = await routeRoom(key);
};
afterEach(() => room.stop());

const ask = async (model: string, body: object = {}) => {
  const answer = await room.call({ model, max_tokens: 100, ...body });
  await textOf(answer);
  return answer;
};
/** Holds in the order in which they were taken or moved: amount and model. */
const holds = (): readonly string[] =>
  room.tables.stream.flatMap(({ after }) => {
    if (after['write'] !== 'hold' && after['write'] !== 'reprice') return [];
    const [packed = ''] = Object.values(after['holds'] ?? {}).map(String);
    return [packed.split('|')[5] ?? ''];
  });

describe('the hold of a routed call', () => {
  test('is raised before a dearer model is asked, and is that one when it expires', async () => {
    await open();
    await room.route('auto', [CHEAP, DEAR]);
    room.mood(CHEAP, FAILURES['500']);
    const held: number[] = [];
    room.upstream.script = (json) => {
      const model = /"model":"([^"]+)"/.exec(json)?.[1] ?? '';
      const item = [...room.tables.items.keys.values()].find(({ sk }) => sk === 'STATE');
      held.push(Number(String(Object.values(item?.['holds'] ?? {})[0]).split('|')[0]));
      return model === CHEAP ? FAILURES['500'] : chatAnswer(false);
    };
    await ask('auto');
    const [first = 0, second = 0] = held;
    expect(second).toBeGreaterThan(first * 10);
    expect(holds()).toEqual([CHEAP, DEAR]);
    await room.expectEven();
  });

  test('is refused where the next model costs more than is left, and nobody is asked', async () => {
    await open({ capNanoUsd: 200_000 });
    await room.route('auto', [CHEAP, DEAREST]);
    room.mood(CHEAP, FAILURES['500']);
    const error = await errorOf(ask('auto'));
    expect(error.code).toBe('request_exceeds_budget');
    expect(error.facts['route']).toBe(`auto; tier=free; try=${CHEAP}:500; try=${DEAREST}:cap`);
    expect(room.asked()).toEqual([CHEAP]);
    expect((await room.state()).spentNanoUsd).toBe(0);
    await room.expectEven();
  });

  test.each([1, 2, 5])('never passes the cap, %d calls at once', async (calls) => {
    await open({ capNanoUsd: 2_000_000 });
    await room.route('auto', [CHEAP, DEAR]);
    room.mood(CHEAP, ...Array.from({ length: calls }, () => FAILURES['500']));
    await Promise.allSettled(Array.from({ length: calls }, async () => await ask('auto')));
    for (const { after } of room.tables.stream)
      if (after['write'] === 'hold' || after['write'] === 'reprice')
        expect(Number(after['available'])).toBeGreaterThanOrEqual(0);
    await room.expectEven();
  });

  test('counts once in the minute of its key, whoever answers', async () => {
    await open({ rpm: 2 });
    await room.route('auto', [CHEAP, DEAR]);
    room.mood(CHEAP, FAILURES['500'], FAILURES['500']);
    await ask('auto');
    await ask('auto');
    expect((await errorOf(ask('auto'))).code).toBe('rate_limited');
  });

  test('goes no further on a key that was revoked while the first model failed', async () => {
    await open();
    await room.route('auto', [CHEAP, DEAR]);
    room.upstream.script = () => {
      const key = [...room.tables.items.keys.entries()].find(([, { sk }]) => sk === 'STATE');
      if (key !== undefined) room.tables.items.keys.set(key[0], { ...key[1], status: 'revoked' });
      return FAILURES['500'];
    };
    expect((await errorOf(ask('auto'))).code).toBe('invalid_api_key');
    expect(room.asked()).toEqual([CHEAP]);
    await room.expectEven();
  });
});

describe('near the cap', () => {
  const downgrade = { plan: { on_cap: 'downgrade', downgrade_at: 0.3, downgrade_to: CHEAP } };

  test('a call is downgraded from the share on that the route says', async () => {
    await open({ capNanoUsd: 3_000_000 });
    await room.route('auto', [DEAR], downgrade);
    const usage = { prompt_tokens: 9, completion_tokens: 95 };
    const choices = [
      { index: 0, message: { role: 'assistant', content: 'x' }, finish_reason: 'stop' },
    ];
    room.mood(DEAR, { type: 'application/json', chunks: [JSON.stringify({ choices, usage })] });
    expect((await ask('auto')).headers['x-sluice-model']).toBe(DEAR);
    expect((await room.state()).spentNanoUsd).toBeGreaterThan(900_000);
    const answer = await ask('auto');
    expect(answer.headers['x-sluice-route']).toBe(`auto; tier=free; downgrade; used=${CHEAP}`);
    await room.expectEven();
  });

  test('so is one that costs more than is left, by a route or by its own name', async () => {
    await open({ capNanoUsd: 500_000 });
    await room.route('auto', [DEAREST], downgrade);
    await room.route(DEAREST, [CHEAP], { plan: { on_cap: 'downgrade' } });
    expect((await ask('auto')).headers['x-sluice-route']).toBe(
      `auto; tier=free; try=${DEAREST}:cap; downgrade; used=${CHEAP}`,
    );
    expect((await ask(DEAREST)).headers['x-sluice-model']).toBe(CHEAP);
    await room.expectEven();
  });

  test('a route that refuses does, and asks nobody', async () => {
    await open({ capNanoUsd: 500_000 });
    await room.route(DEAREST, [CHEAP]);
    expect((await errorOf(ask(DEAREST))).code).toBe('request_exceeds_budget');
    expect(room.asked()).toEqual([]);
  });
});

describe('a list of models', () => {
  test('that names the route allows where it leads, and nothing by its own name', async () => {
    await open({ allowedModels: ['auto'] });
    await room.route('auto', [CHEAP]);
    expect((await ask('auto')).headers['x-sluice-model']).toBe(CHEAP);
    expect((await errorOf(ask(CHEAP))).code).toBe('model_not_allowed');
  });

  test('that does not lets only those targets answer that it names', async () => {
    await open({ allowedModels: [DEAR] });
    await room.route('auto', [CHEAP, DEAR]);
    await room.route('cheap', [CHEAP]);
    expect((await ask('auto')).headers['x-sluice-route']).toBe(
      `auto; tier=free; skip=${CHEAP}:model_not_allowed; used=${DEAR}`,
    );
    expect(room.asked()).toEqual([DEAR]);
    expect((await errorOf(ask('cheap'))).code).toBe('model_not_allowed');
  });

  test('holds for what a model falls back to', async () => {
    await open({ allowedModels: [CHEAP] });
    await room.route(CHEAP, [DEAR]);
    room.mood(CHEAP, FAILURES['500']);
    const error = await ask(CHEAP);
    expect(error.status).toBe(500);
    expect(room.asked()).toEqual([CHEAP]);
    await room.expectEven();
  });
});

test('a target without a price, or a field without one, is passed over on a capped key', async () => {
  await open();
  await room.route('auto', ['custom/unknown', DEAR]);
  expect((await ask('auto')).headers['x-sluice-route']).toBe(
    `auto; tier=free; skip=custom/unknown:model_not_priced; used=${DEAR}`,
  );
  await room.expectEven();
});
