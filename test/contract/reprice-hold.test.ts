import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { dynamoKeyRegister } from '../../lambdas/ledger/adapters/dynamo-key-register.ts';
import { dynamoProjectCaps } from '../../lambdas/ledger/adapters/dynamo-project-caps.ts';
import { dynamoSpendLedger } from '../../lambdas/ledger/adapters/dynamo-spend-ledger.ts';
import { keyItem, keyStateOf, type KeyItem } from '../../lambdas/ledger/adapters/key-item.ts';
import { stateKey } from '../../lambdas/ledger/adapters/ledger-expressions.ts';
import { dynamoHoldPricer } from '../../lambdas/ledger/adapters/reprice-hold.ts';
import type { Hold } from '../../lambdas/ledger/ports.ts';
import type { Tables } from '../../lambdas/platform/tables/tables.ts';
import { ENGINES, type Engine } from '../support/engines.ts';
import {
  holdRequest,
  KEY_ID,
  newKey,
  placeItem,
  PROJECT,
  settlementOf,
  stateItem,
} from '../support/key-items.ts';

const NOW = Date.UTC(2026, 10, 24, 12);
const NEXT_MONTH = Date.UTC(2026, 11, 1, 0, 0, 5);

describe.each(ENGINES)('a hold that moves to another model on $name', ({ open }) => {
  let engine: Awaited<ReturnType<Engine['open']>>;
  let tables: Tables;
  beforeAll(async () => void (engine = await open()));
  beforeEach(async () => void (tables = await engine.fresh()));
  afterAll(() => engine.close());

  const ledger = () => dynamoSpendLedger({ tables });
  const pricer = () => dynamoHoldPricer({ tables, ledger: ledger() });
  const item = async () => keyItem.parse(await tables.get('keys', stateKey(KEY_ID)));
  const state = async () => keyStateOf(await item());
  const take = async (fields: Partial<KeyItem>, amount: number): Promise<Hold> => {
    await placeItem(tables, stateItem({ cap: 100, available: 100, ...fields }, NOW));
    const outcome = await ledger().hold(holdRequest('a', amount, NOW));
    if (outcome.kind !== 'held') throw new Error(`refused: ${outcome.reason}`);
    return outcome.hold;
  };
  const next = (id: string, amount: number, model = 'gpt-4o', nowMs = NOW + 5_000) => ({
    ...holdRequest(id, amount, nowMs),
    model,
  });

  test('takes what is dearer, to the last nano-dollar, and counts no second call', async () => {
    const hold = await take({}, 40);
    const minute = (await item()).rate;
    expect(await pricer().reprice(hold, next('a', 100), null)).toMatchObject({
      kind: 'held',
      hold: { holdId: 'a', amountNanoUsd: 100, heldAtMs: NOW },
      key: { availableNanoUsd: 0, heldNanoUsd: 100, holdCount: 1 },
    });
    expect((await item()).rate).toEqual(minute);
    expect(await ledger().find(KEY_ID, 'a')).toMatchObject({ call: { model: 'gpt-4o' } });
  });

  test('is refused one nano-dollar above, stands as it was, and shows what there is without it', async () => {
    const hold = await take({}, 40);
    expect(await pricer().reprice(hold, next('a', 101), null)).toMatchObject({
      reason: 'exceeds_cap',
      key: { availableNanoUsd: 100, heldNanoUsd: 0 },
    });
    await ledger().hold(holdRequest('b', 50, NOW));
    expect(await pricer().reprice(hold, next('a', 51), null)).toMatchObject({
      reason: 'in_flight',
    });
    expect(await state()).toMatchObject({ availableNanoUsd: 10, heldNanoUsd: 90 });
  });

  test('gives back what is cheaper', async () => {
    const hold = await take({}, 40);
    await pricer().reprice(hold, next('a', 10), null);
    expect(await state()).toMatchObject({ availableNanoUsd: 90, heldNanoUsd: 10 });
  });

  test('settles what was billed with it, under the id that it had', async () => {
    const hold = await take({}, 40);
    const billed = settlementOf('a', 30, NOW);
    const moved = await pricer().reprice(hold, next('b', 70), billed);
    expect(moved).toMatchObject({ kind: 'held', hold: { holdId: 'b' } });
    expect(await item()).toMatchObject({ write: 'settle', last: { holdId: 'a', costNanoUsd: 30 } });
    expect(await state()).toMatchObject({ spentNanoUsd: 30, heldNanoUsd: 70, availableNanoUsd: 0 });
    expect(await ledger().settle(hold, billed)).toMatchObject({ kind: 'settled' });
    expect(await state()).toMatchObject({ spentNanoUsd: 30, heldNanoUsd: 70 });
  });

  test.each([
    ['a', null],
    ['b', null],
    ['b', settlementOf('a', 5, NOW)],
  ])('moves once, whatever is repeated: to %s', async (id, billed) => {
    const hold = await take({}, 40);
    for (const amount of [40, 60]) {
      await placeItem(tables, stateItem({ cap: 100, available: 100 }, NOW));
      await ledger().hold(holdRequest('a', 40, NOW));
      for (const _ of [1, 2, 3])
        expect(await pricer().reprice(hold, next(id, amount), billed)).toMatchObject({
          kind: 'held',
          hold: { holdId: id, amountNanoUsd: amount },
        });
      expect(await state()).toMatchObject({
        heldNanoUsd: amount,
        spentNanoUsd: billed?.costNanoUsd ?? 0,
      });
    }
  });

  test('in a later window takes from that one, and gives nothing back to it', async () => {
    const hold = await take({ period: 'month' }, 40);
    await ledger().hold(holdRequest('other', 1, NEXT_MONTH));
    const billed = settlementOf('a', 30, NEXT_MONTH);
    for (const _ of [1, 2])
      await pricer().reprice(hold, next('b', 40, 'gpt-4o', NEXT_MONTH), billed);
    expect(await state()).toMatchObject({
      window: '2026-12',
      spentNanoUsd: 0,
      heldNanoUsd: 41,
      availableNanoUsd: 59,
    });
  });

  test('is ended at what the item holds, by whoever remembers another amount', async () => {
    const hold = await take({}, 40);
    await pricer().reprice(hold, next('a', 90), null);
    await ledger().settle(hold, settlementOf('a', 0, NOW));
    expect(await state()).toMatchObject({ availableNanoUsd: 100, heldNanoUsd: 0 });
  });

  test.each([
    ['revoked', { status: 'revoked' as const }, 'revoked'],
    ['expired', { valid_until: NOW + 1 }, 'expired'],
    ['bound to other models', { models: ['gpt-4o-mini'] }, 'model_not_allowed'],
  ])('goes no further on a key that is %s meanwhile', async (_, fields, reason) => {
    const hold = await take({}, 40);
    const stored = await item();
    await placeItem(tables, { ...stored, pk: `KEY#${KEY_ID}`, sk: 'STATE', ...fields });
    expect(await pricer().reprice(hold, next('a', 50), null)).toMatchObject({ reason });
    expect(await state()).toMatchObject({ heldNanoUsd: 40 });
  });

  test("under a project's cap goes on after a model that is too dear, and holds once", async () => {
    const keys = dynamoKeyRegister({ tables });
    await keys.create(newKey({ capNanoUsd: null, nowMs: NOW - 1_000 }));
    const caps = dynamoProjectCaps({ tables, pause: async () => {}, nowMs: () => NOW });
    const cap = { capNanoUsd: 100, period: 'lifetime' } as const;
    await caps.set(PROJECT, cap, { keyId: KEY_ID, nowMs: NOW });
    await caps.bind(PROJECT, NOW + 1);
    const outcome = await ledger().hold(holdRequest('a', 40, NOW));
    if (outcome.kind !== 'held') throw new Error(`refused: ${outcome.reason}`);
    const { hold } = outcome;
    const one = pricer();
    const left = async () => (await caps.get(PROJECT, NOW)).budget?.heldNanoUsd;
    expect(await one.reprice(hold, next('a', 101), null)).toMatchObject({ reason: 'exceeds_cap' });
    expect(await left()).toBe(0);
    const cheaper = await one.reprice(hold, next('a', 60), null);
    if (cheaper.kind !== 'held') throw new Error(`refused: ${cheaper.reason}`);
    expect(await left()).toBe(60);
    const billed = settlementOf('a', 30, NOW);
    expect(await one.reprice(cheaper.hold, next('b', 70), billed)).toMatchObject({ kind: 'held' });
    expect(await one.reprice(cheaper.hold, next('b', 70), billed)).toMatchObject({ kind: 'held' });
    expect((await caps.get(PROJECT, NOW)).budget).toMatchObject({
      spentNanoUsd: 30,
      heldNanoUsd: 70,
      availableNanoUsd: 0,
    });
  });

  test('that ended is not moved', async () => {
    const hold = await take({}, 40);
    await ledger().settle(hold, settlementOf('a', 40, NOW));
    await expect(pricer().reprice(hold, next('a', 50), null)).rejects.toThrow('has ended');
    expect(await state()).toMatchObject({ spentNanoUsd: 40, heldNanoUsd: 0 });
  });
});
