import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { dynamoKeyRegister } from '../../lambdas/ledger/adapters/dynamo-key-register.ts';
import { dynamoSpendLedger } from '../../lambdas/ledger/adapters/dynamo-spend-ledger.ts';
import { keyItem, keyStateOf, type KeyItem } from '../../lambdas/ledger/adapters/key-item.ts';
import { minuteOf, stateKey } from '../../lambdas/ledger/adapters/ledger-expressions.ts';
import { profileKey, profileRow } from '../../lambdas/ledger/adapters/profile-row.ts';
import type { Tables } from '../../lambdas/platform/tables/tables.ts';
import { ENGINES, type Engine } from '../support/engines.ts';
import {
  holdRequest,
  KEY_ID,
  newKey,
  placeItem,
  settlementOf,
  stateItem,
} from '../support/key-items.ts';

const NOW = Date.UTC(2026, 10, 24, 12);

describe.each(ENGINES)('the spend ledger on $name', ({ open }) => {
  let engine: Awaited<ReturnType<Engine['open']>>;
  let tables: Tables;
  beforeAll(async () => void (engine = await open()));
  beforeEach(async () => void (tables = await engine.fresh()));
  afterAll(() => engine.close());

  const place = async (fields: Partial<KeyItem> = {}): Promise<void> => {
    await placeItem(tables, stateItem(fields, NOW));
    await placeItem(tables, { ...profileKey(KEY_ID), ...profileRow(newKey({}).profile) });
  };
  const state = async () => keyStateOf(keyItem.parse(await tables.get('keys', stateKey(KEY_ID))));
  const ledger = () => dynamoSpendLedger({ tables });
  const take = async (id: string, amount: number, nowMs = NOW) => {
    const outcome = await ledger().hold(holdRequest(id, amount, nowMs));
    if (outcome.kind !== 'held') throw new Error(`refused: ${outcome.reason}`);
    return outcome.hold;
  };

  test('a cap that fits the request exactly admits it, and nothing after it', async () => {
    await place({ cap: 100, available: 100 });
    const hold = await take('a', 100);
    expect(await ledger().hold(holdRequest('b', 1, NOW))).toMatchObject({ reason: 'in_flight' });
    await ledger().settle(hold, settlementOf('a', 100, NOW));
    expect(await ledger().hold(holdRequest('c', 1, NOW))).toMatchObject({ reason: 'cap_exceeded' });
    expect(await ledger().hold(holdRequest('d', 101, NOW))).toMatchObject({
      reason: 'exceeds_cap',
    });
    expect(await state()).toMatchObject({ spentNanoUsd: 100, availableNanoUsd: 0, heldNanoUsd: 0 });
  });

  test('of 1,000 holds at once over a cap for 250, exactly 250 are admitted', async () => {
    await place({ cap: 2_500, available: 2_500 });
    const outcomes = await Promise.all(
      Array.from(
        { length: 1_000 },
        async (_, index) => await ledger().hold(holdRequest(`h${index}`, 10, NOW)),
      ),
    );
    expect(outcomes.filter(({ kind }) => kind === 'held')).toHaveLength(250);
  });

  test('a call is found by its hold while it runs, then by its settlement, and an unknown one is not', async () => {
    await place();
    const first = await take('a', 100);
    expect(await ledger().find(KEY_ID, 'a')).toEqual({
      kind: 'running',
      call: {
        keyId: KEY_ID,
        holdId: 'a',
        model: 'gpt-4o-mini',
        provider: 'openai',
        feature: null,
        heldNanoUsd: 100,
        startedAtMs: NOW,
        expiresAtMs: NOW + 60_000,
      },
    });
    await ledger().settle(first, settlementOf('a', 40, NOW));
    expect(await ledger().find(KEY_ID, 'a')).toMatchObject({
      kind: 'settled',
      settlement: { costNanoUsd: 40 },
    });
    expect(await ledger().find(KEY_ID, 'b')).toBeNull();
    expect(await ledger().find('key_bbbbbbbbbbbbbbbb', 'a')).toBeNull();
  });

  test('a hold whose answer was lost is taken once, and a settle ends it once', async () => {
    await place();
    const hold = await take('a', 100);
    await take('a', 100);
    expect(await state()).toMatchObject({ heldNanoUsd: 100, availableNanoUsd: 900 });
    await ledger().settle(hold, settlementOf('a', 40, NOW));
    await take('b', 5);
    await ledger().settle(hold, settlementOf('a', 40, NOW));
    expect(await state()).toMatchObject({
      spentNanoUsd: 40,
      heldNanoUsd: 5,
      availableNanoUsd: 955,
    });
  });

  test('a new month opens the whole cap, a late settlement leaves it alone, and no clock turns it back', async () => {
    const next = Date.UTC(2026, 11, 1, 0, 0, 1);
    await place({ cap: 100, available: 100, period: 'month', window: '2026-11' });
    const old = await take('a', 90);
    await take('b', 95, next);
    await ledger().settle(old, settlementOf('a', 90, next));
    expect(await state()).toMatchObject({ window: '2026-12', spentNanoUsd: 0, heldNanoUsd: 95 });
    await take('c', 5, next - 2_000);
    expect(await state()).toMatchObject({
      window: '2026-12',
      heldNanoUsd: 100,
      availableNanoUsd: 0,
    });
  });

  test.each([
    [{ secret_hash: 'other' }, 'invalid_key'],
    [{ status: 'revoked' as const }, 'revoked'],
    [{ valid_until: NOW }, 'expired'],
    [{ models: ['gpt-5'] }, 'model_not_allowed'],
    [{ rpm: 1, rate: { [minuteOf(NOW)]: 1 } }, 'rate_limited'],
    [{ max_concurrency: 0 }, 'concurrency_limited'],
  ])('a key with %j refuses as %s', async (fields, reason) => {
    await place(fields);
    expect(await ledger().hold(holdRequest('a', 1, NOW))).toMatchObject({
      kind: 'refused',
      reason,
    });
  });

  test('a rotated secret works until its grace ends', async () => {
    await place({ secret_hash: 'new', old_secret_hash: 'hash', old_secret_until: NOW + 1_000 });
    await take('a', 1);
    expect(await ledger().hold(holdRequest('b', 1, NOW + 1_000))).toMatchObject({
      reason: 'invalid_key',
    });
  });

  test('a hold whose call died is found, settled at its full amount, and the key leaves the sweep', async () => {
    await place();
    await take('a', 100);
    expect(await ledger().keysToSweep(NOW, 10)).toEqual([]);
    expect(await ledger().keysToSweep(NOW + 60_000, 10)).toEqual([KEY_ID]);
    expect(await ledger().expireHolds(KEY_ID, NOW + 60_000)).toBe(1);
    expect(await state()).toMatchObject({
      spentNanoUsd: 100,
      heldNanoUsd: 0,
      availableNanoUsd: 900,
    });
    expect(await ledger().keysToSweep(NOW + 120_000, 10)).toEqual([]);
  });

  test('the first calls of a new key at once take no more than its cap', async () => {
    await dynamoKeyRegister({ tables }).create(newKey({ capNanoUsd: 30, nowMs: NOW }));
    const outcomes = await Promise.all(
      ['a', 'b', 'c', 'd', 'e'].map(
        async (id) => await ledger().hold(holdRequest(id, 10, NOW + 2_000)),
      ),
    );
    expect(outcomes.filter(({ kind }) => kind === 'held')).toHaveLength(3);
  });

  test('a cap lowered in flight refuses the next call, and what is running settles in full', async () => {
    await place({ cap: 100, available: 100 });
    const hold = await take('a', 60);
    const keys = dynamoKeyRegister({ tables });
    await keys.patch('project_default', KEY_ID, { capNanoUsd: 40 }, NOW);
    expect(await state()).toMatchObject({ capNanoUsd: 40, availableNanoUsd: -20, heldNanoUsd: 60 });
    expect(await ledger().hold(holdRequest('b', 1, NOW))).toMatchObject({ reason: 'in_flight' });
    await ledger().settle(hold, settlementOf('a', 50, NOW));
    expect(await state()).toMatchObject({ availableNanoUsd: -10, spentNanoUsd: 50 });
    await keys.patch('project_default', KEY_ID, { capNanoUsd: 60 }, NOW);
    await take('c', 10);
  });

  test('a key revoked in flight refuses the next call, and what is running settles', async () => {
    await place();
    const hold = await take('a', 60);
    await dynamoKeyRegister({ tables }).revoke('project_default', KEY_ID, NOW);
    expect(await ledger().hold(holdRequest('b', 1, NOW))).toMatchObject({ reason: 'revoked' });
    expect(await ledger().settle(hold, settlementOf('a', 7, NOW))).toMatchObject({
      kind: 'settled',
    });
    expect(await state()).toMatchObject({ status: 'revoked', spentNanoUsd: 7, heldNanoUsd: 0 });
  });

  test('a clock two seconds ahead opens the window, and one two seconds behind still spends from it', async () => {
    const midnight = Date.UTC(2026, 10, 25);
    await place({ cap: 100, available: 100, period: 'day', window: '2026-11-24' });
    await take('a', 100, midnight - 3_000);
    await take('b', 50, midnight);
    const behind = await take('c', 50, midnight - 2_000);
    expect(behind.window).toBe('2026-11-25');
    expect(await ledger().hold(holdRequest('d', 1, midnight - 2_000))).toMatchObject({
      reason: 'in_flight',
    });
    await ledger().settle(behind, settlementOf('c', 5, midnight - 1_000));
    expect(await state()).toMatchObject({ window: '2026-11-25', spentNanoUsd: 5, heldNanoUsd: 50 });
  });

  test('a release gives everything back, and a cost above its hold is settled in full', async () => {
    await place({ cap: 100, available: 100 });
    await ledger().settle(await take('a', 60), settlementOf('a', 0, NOW));
    expect(await state()).toMatchObject({ availableNanoUsd: 100, spentNanoUsd: 0 });
    await ledger().settle(await take('b', 60), settlementOf('b', 130, NOW));
    expect(await state()).toMatchObject({ availableNanoUsd: -30, spentNanoUsd: 130 });
    expect(await ledger().hold(holdRequest('c', 1, NOW))).toMatchObject({ reason: 'cap_exceeded' });
  });

  test('a settlement that this release cannot read stops no call after it', async () => {
    await place({ cap: 100, available: 100 });
    await tables.update({
      kind: 'update',
      table: 'keys',
      key: stateKey(KEY_ID),
      update: 'SET #last = :last',
      names: { '#last': 'last' },
      values: { ':last': 'of another release' },
    });
    await ledger().settle(await take('a', 60), settlementOf('a', 40, NOW));
    expect(await state()).toMatchObject({ availableNanoUsd: 60, spentNanoUsd: 40, holdCount: 0 });
  });

  test('a hold that is withdrawn never was: no money, no call of its minute, nothing to be told', async () => {
    await place({ cap: 100, available: 100, rpm: 1 });
    const hold = await take('a', 60);
    expect(await ledger().hold(holdRequest('b', 1, NOW))).toMatchObject({ reason: 'rate_limited' });
    await ledger().withdraw(hold);
    await ledger().withdraw(hold);
    expect(await state()).toMatchObject({ availableNanoUsd: 100, heldNanoUsd: 0, spentNanoUsd: 0 });
    const item = keyItem.parse(await tables.get('keys', stateKey(KEY_ID)));
    expect([item.rate, item.last, item.write]).toEqual([
      { [minuteOf(NOW)]: 0 },
      undefined,
      'withdraw',
    ]);
    expect(await ledger().find(KEY_ID, 'a')).toBeNull();
    await ledger().settle(await take('a', 100), settlementOf('a', 100, NOW));
    expect(await state()).toMatchObject({ availableNanoUsd: 0, spentNanoUsd: 100 });
    await ledger().withdraw(hold);
    expect(await state()).toMatchObject({ availableNanoUsd: 0, spentNanoUsd: 100 });
  });

  test('a hold withdrawn after its window and its minute leaves the new window alone', async () => {
    const next = Date.UTC(2026, 11, 1, 0, 3);
    await place({ cap: 100, available: 100, period: 'month', window: '2026-11' });
    const old = await take('a', 90);
    const later = await take('b', 50, next);
    await ledger().settle(later, settlementOf('b', 30, next));
    await ledger().withdraw(old);
    expect(await state()).toMatchObject({
      window: '2026-12',
      availableNanoUsd: 70,
      spentNanoUsd: 30,
      holdCount: 0,
    });
  });

  test('minutes that are over leave the item when their calls settle', async () => {
    await place();
    const first = await take('a', 1);
    await ledger().settle(first, settlementOf('a', 1, NOW));
    const later = await take('b', 1, NOW + 180_000);
    await ledger().settle(later, settlementOf('b', 1, NOW + 180_000));
    const item = keyItem.parse(await tables.get('keys', stateKey(KEY_ID)));
    expect(Object.keys(item.rate)).toEqual([minuteOf(NOW + 180_000)]);
  });

  test('a key that nobody made is refused, and nothing is written', async () => {
    expect(await ledger().hold(holdRequest('a', 1, NOW))).toEqual({
      kind: 'refused',
      reason: 'invalid_key',
      key: null,
    });
    expect(await tables.get('keys', stateKey(KEY_ID))).toBeNull();
    expect(await ledger().expireHolds(KEY_ID, NOW)).toBe(0);
  });
});
