import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { endPrice, setPrice } from '../../../lambdas/gateway/usecases/manage-prices.ts';
import { cachedStagePrices } from '../../../lambdas/inference/adapters/cached-stage-prices.ts';
import { tableOwnPrices } from '../../../lambdas/inference/adapters/table-own-prices.ts';
import { priceIn, type OwnTerms } from '../../../lambdas/inference/models/own-prices.ts';
import type { OwnTiers } from '../../../lambdas/inference/models/price-terms.ts';
import { PRICE_LEAD_MIN_MS } from '../../../lambdas/inference/models/price-limits.ts';
import { dynamoProjectSettings } from '../../../lambdas/ledger/adapters/dynamo-project-settings.ts';
import { engineRoom, textOf } from '../../support/engine-room.ts';
import { answer, failureOf, usage } from '../../support/scripted-answers.ts';
import { startScriptedUpstream, type ScriptedUpstream } from '../../support/scripted-upstream.ts';

const MODEL = 'custom/llama-4';
/** 9 tokens in, 20 out, at $1 and $2 a million. */
const DEAR: OwnTerms = { kind: 'rates', rates: { input: 1e9, output: 2e9 } };
const DEAR_NANO_USD = 9 * 1_000 + 20 * 2_000;
const CHEAP: OwnTerms = { kind: 'rates', rates: { input: 1e8, output: 2e8 } };

let upstream: ScriptedUpstream;
let room: ReturnType<typeof engineRoom>;
let aheadMs = 0;
let reads = 0;
const clock = { nowMs: () => Date.now() + aheadMs };

/** What one more instance of the functions knows of prices. */
const instance = () => {
  const store = prices();
  return cachedStagePrices({
    store: { read: async () => ((reads += 1), await store.read()) },
    clock,
  });
};
const prices = () => tableOwnPrices(dynamoProjectSettings({ tables: room.tables }));
const set = async (terms: OwnTerms, model = MODEL) =>
  await setPrice(
    prices(),
    { byKeyId: 'key_admin', model, fromMs: null, nowMs: clock.nowMs() },
    terms,
  );
const call = async (fields: object = {}) => {
  const holdEnd = { deadlineMs: clock.nowMs() + 60_000 };
  return await textOf(await room.call({ model: MODEL, max_tokens: 50, ...fields }, holdEnd));
};

beforeAll(async () => void (upstream = await startScriptedUpstream()));
beforeEach(async () => {
  room = engineRoom(upstream.url);
  [aheadMs, reads] = [0, 0];
  upstream.script = answer({ usage });
  Object.assign(room.deps, { clock, stagePrices: instance() });
  await room.mint();
});
afterAll(() => upstream.stop());

describe("an operator's own price", () => {
  test('opens a model to a capped key, which is held and settled by it', async () => {
    expect(await failureOf(call())).toMatchObject({ code: 'model_not_priced' });
    await set(DEAR);
    aheadMs += PRICE_LEAD_MIN_MS;
    await call();
    expect(await room.last()).toMatchObject({ costNanoUsd: DEAR_NANO_USD, provider: 'custom' });
    expect((await room.state()).availableNanoUsd).toBe(1_000_000_000 - DEAR_NANO_USD);
  });

  test.each<[string | undefined, string | undefined, number, OwnTiers?]>([
    ['flex', 'flex', 0.5],
    ['priority', 'priority', 1.5],
    // Settled by what its answer names, else by a dearer tier that was asked for.
    ['flex', 'default', 1],
    ['flex', undefined, 1],
    ['priority', 'default', 1],
    ['priority', undefined, 1.5],
    [undefined, 'priority', 1.5],
    ['flex', undefined, 1.2, { flex: 12_000 }],
    ['flex', 'default', 1, { flex: 12_000 }],
  ])(
    'lets a capped key name a tier that it prices: %s that is answered as %s costs %d of it',
    async (asked, answered, factor, tiers = { flex: 5_000, priority: 15_000 }) => {
      await set(DEAR);
      aheadMs += PRICE_LEAD_MIN_MS;
      const fields = asked === undefined ? {} : { service_tier: asked };
      if (asked !== undefined)
        expect(await failureOf(call(fields))).toMatchObject({
          code: 'feature_not_priced',
          facts: { param: 'service_tier' },
        });
      await set({ ...DEAR, tiers });
      aheadMs += PRICE_LEAD_MIN_MS;
      upstream.script = answer({ usage, service_tier: answered });
      await call(fields);
      expect((await room.last())?.costNanoUsd).toBe(DEAR_NANO_USD * factor);
      expect((await room.state()).heldNanoUsd).toBe(0);
    },
  );

  test('stops a key at its cap', async () => {
    await set({ kind: 'rates', rates: { input: 1e15, output: 1e15 } });
    aheadMs += PRICE_LEAD_MIN_MS;
    expect(await failureOf(call())).toMatchObject({ code: 'request_exceeds_budget' });
  });

  test('that changes while a call runs changes nothing for that call', async () => {
    await set(CHEAP);
    aheadMs += PRICE_LEAD_MIN_MS;
    await call();
    const cheap = (await room.last())?.costNanoUsd;
    const { modelClient } = room.deps;
    Object.assign(room.deps, {
      modelClient: {
        send: async (...sent: Parameters<typeof modelClient.send>) => {
          await set(DEAR);
          aheadMs += PRICE_LEAD_MIN_MS;
          return await modelClient.send(...sent);
        },
      },
    });
    await call();
    expect((await room.last())?.costNanoUsd).toBe(cheap);
    Object.assign(room.deps, { modelClient });
    await call();
    expect((await room.last())?.costNanoUsd).toBe(DEAR_NANO_USD);
  });

  test('is the same for every instance at every moment, however long ago each read it', async () => {
    await set(CHEAP);
    const instances: ReturnType<typeof instance>[] = [];
    const seen = new Set<string>();
    for (let step = 0; step < 120; step += 1) {
      if (step % 3 === 0) instances.push(instance());
      if (step === 40) await set(DEAR);
      if (step === 80)
        await endPrice(prices(), {
          byKeyId: 'key_admin',
          model: MODEL,
          fromMs: null,
          nowMs: clock.nowMs(),
        });
      aheadMs += 4_000 + step * 10;
      const nowMs = clock.nowMs();
      const told = new Set<unknown>();
      for (const one of instances) {
        const price = priceIn(await one.book(), { provider: 'custom', model: 'llama-4' }, nowMs);
        told.add(JSON.stringify(price?.rates ?? null));
      }
      expect([step, told.size]).toEqual([step, 1]);
      seen.add(String([...told][0]));
    }
    expect(seen.size).toBe(3);
  });

  test('is read once a minute by an instance, however many calls it serves, and once for all that wait', async () => {
    await set(DEAR);
    aheadMs += PRICE_LEAD_MIN_MS;
    await Promise.all(Array.from({ length: 10 }, call));
    for (let count = 0; count < 5; count += 1) await call();
    expect(reads).toBe(1);
    aheadMs += 60_000;
    await call();
    expect(reads).toBe(2);
  });

  test('that cannot be read refuses the call: no older price is in force', async () => {
    let isDown = false;
    const read = async () =>
      isDown ? await Promise.reject(new Error('the table is down')) : await prices().read();
    Object.assign(room.deps, { stagePrices: cachedStagePrices({ store: { read }, clock }) });
    await set(DEAR);
    aheadMs += PRICE_LEAD_MIN_MS;
    await call();
    isDown = true;
    await call();
    aheadMs += 60_000;
    await expect(call()).rejects.toThrow('the table is down');
    isDown = false;
    await call();
  });
});
