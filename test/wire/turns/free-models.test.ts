import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { setPrice } from '../../../lambdas/gateway/usecases/manage-prices.ts';
import { cachedStagePrices } from '../../../lambdas/inference/adapters/cached-stage-prices.ts';
import { tableOwnPrices } from '../../../lambdas/inference/adapters/table-own-prices.ts';
import { dynamoProjectSettings } from '../../../lambdas/ledger/adapters/dynamo-project-settings.ts';
import { textOf } from '../../support/engine-room.ts';
import { KEY_ID, PROJECT } from '../../support/key-items.ts';
import { FAILURES, routeRoom, type RouteRoom } from '../../support/route-room.ts';
import { errorOf } from '../../support/scripted-answers.ts';

const FREE = 'ollama/qwen3';
/** As its provider knows it. */
const BARE = 'qwen3';
const DEAR = 'gpt-4o';
const AN_HOUR_MS = 3_600_000;

let room: RouteRoom;
beforeEach(async () => {
  room = await routeRoom({ capNanoUsd: 0 });
  const store = tableOwnPrices(dynamoProjectSettings({ tables: room.tables }));
  const by = { byKeyId: KEY_ID, model: FREE, fromMs: null, nowMs: Date.now() - AN_HOUR_MS };
  await setPrice(store, by, { kind: 'free' });
  Object.assign(room.deps, { stagePrices: cachedStagePrices({ store, clock: room.deps.clock }) });
});
afterEach(() => room.stop());

const ask = async (model: string): Promise<string | undefined> => {
  const answer = await room.call({ model, max_tokens: 100 });
  await textOf(answer);
  return answer.headers['x-sluice-model'];
};

describe('a key that has nothing left', () => {
  test('is answered by a model that is free, by its name and by a name that leads to it', async () => {
    await room.route('auto', [FREE]);
    expect([await ask(FREE), await ask('auto')]).toEqual([BARE, BARE]);
    expect((await room.state()).spentNanoUsd).toBe(0);
    await room.expectEven();
  });

  test.each(['auto', FREE])(
    'is not answered by a dear model that a free one falls back to: %s',
    async (name) => {
      await room.route(name, name === FREE ? [DEAR] : [FREE, DEAR]);
      room.mood(BARE, FAILURES['500']);
      expect((await errorOf(ask(name))).status).toBe(402);
      expect(room.asked()).toEqual([BARE]);
      expect((await room.state()).spentNanoUsd).toBe(0);
      await room.expectEven();
    },
  );

  test('is led to the free model where the route says so', async () => {
    const plan = { on_cap: 'downgrade', downgrade_to: FREE };
    await room.route('auto', [DEAR], { plan });
    expect(await ask('auto')).toBe(BARE);
    expect(room.asked()).toEqual([BARE]);
  });
});

test('what answers in the place of a free model is paid at its own price', async () => {
  await room.deps.keys.patch(PROJECT, KEY_ID, { capNanoUsd: 1_000_000_000 }, Date.now());
  await room.route('auto', [FREE, DEAR]);
  room.mood(BARE, FAILURES['500']);
  expect(await ask('auto')).toBe(DEAR);
  // 9 tokens in and 20 out.
  expect((await room.state()).spentNanoUsd).toBe(9 * 2_500 + 20 * 10_000);
});
