import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { dynamoSpendLedger } from '../../lambdas/ledger/adapters/dynamo-spend-ledger.ts';
import { keyItem, keyStateOf } from '../../lambdas/ledger/adapters/key-item.ts';
import { stateKey } from '../../lambdas/ledger/adapters/ledger-expressions.ts';
import { threadWitnesses } from '../../lambdas/ledger/adapters/thread-witnesses.ts';
import type { Tables } from '../../lambdas/platform/tables/tables.ts';
import { ENGINES, type Engine } from '../support/engines.ts';
import { holdRequest, KEY_ID, placeItem, stateItem } from '../support/key-items.ts';

const NOW = Date.UTC(2026, 10, 24, 12);

describe.each(ENGINES)('the expiry of holds on $name', ({ open }) => {
  let engine: Awaited<ReturnType<Engine['open']>>;
  let tables: Tables;
  beforeAll(async () => void (engine = await open()));
  beforeEach(async () => {
    tables = await engine.fresh();
    await placeItem(tables, stateItem({}, NOW));
  });
  afterAll(() => engine.close());
  const state = async () => keyStateOf(keyItem.parse(await tables.get('keys', stateKey(KEY_ID))));

  test.each([
    ['that its run does not know', { sk: 'RUN#2', hold: { holdId: 'other' } }, {}, 0],
    ['whose run has none any more', { sk: 'RUN#2', hold: null }, {}, 0],
    ['whose run was never written', {}, {}, 0],
    ['that its run knows', { sk: 'RUN#2', hold: { holdId: 'a' } }, {}, 100],
    ['whose thread is deleted, and its run perhaps erased', {}, { deleted_at: NOW }, 100],
    ['whose thread is being erased', {}, { erasing: NOW }, 100],
  ])(
    'an expired hold %s is charged only where a call may have been made',
    async (_kind, run, meta, spent) => {
      const pk = 'P#p#U#_#T#thread_1';
      await placeItem(tables, { pk, sk: 'META', ...meta }, 'threads');
      if ('sk' in run) await placeItem(tables, { pk, ...run }, 'threads');
      const books = dynamoSpendLedger({ tables, witnesses: threadWitnesses(tables) });
      const request = { ...holdRequest('a', 100, NOW), witness: { pk, sk: 'RUN#2' } };
      expect((await books.hold(request)).kind).toBe('held');
      expect(await books.expireHolds(KEY_ID, NOW + 60_000)).toBe(spent === 0 ? 0 : 1);
      const { last } = keyItem.parse(await tables.get('keys', stateKey(KEY_ID)));
      expect(last?.threadId).toBe(spent === 0 ? undefined : 'thread_1');
      expect(await state()).toMatchObject({
        spentNanoUsd: spent,
        heldNanoUsd: 0,
        availableNanoUsd: 1_000 - spent,
      });
      expect(await books.keysToSweep(NOW + 120_000, 10)).toEqual([]);
    },
  );

  test('an expired hold whose thread is not there is charged: it may have been erased', async () => {
    const books = dynamoSpendLedger({ tables, witnesses: threadWitnesses(tables) });
    await books.hold({ ...holdRequest('a', 100, NOW), witness: { pk: 'nowhere', sk: 'RUN#2' } });
    expect(await books.expireHolds(KEY_ID, NOW + 60_000)).toBe(1);
  });
});
