import { expect, test } from 'vitest';
import { blames } from '../../../../lambdas/sre/correlate/blame.ts';
import { emptyBaseline } from '../../../../lambdas/sre/correlate/baseline.ts';
import { callKey } from '../../../../lambdas/sre/correlate/calls.ts';
import { anomalyOf, CausesRoom, MINUTE_MS } from '../../../support/sre/causes-room.ts';
import type { Trouble, WorldOptions } from '../../../support/sre/call-world.ts';
import { sourceOf } from '../../../support/sre/entries.ts';

const TENANT = 'shop';
const CART: WorldOptions = { services: { cart: ['stock', 'prices'], stock: [], prices: [] } };
/** `traffic` has a request each four seconds. */
const REQUEST_MS = 4_000;

/** What speaks against `prices` after two minutes in which its requests have these troubles, one after another. */
const suspectOf = async (troubles: readonly Trouble[]) => {
  const room = new CausesRoom();
  const onsetMs = await room.learnMinutes(TENANT, CART);
  const endMs = onsetMs + 2 * MINUTE_MS;
  const troubleAt = (atMs: number): Trouble =>
    troubles[Math.floor((atMs - onsetMs) / REQUEST_MS) % troubles.length] ?? {};
  await room.play(
    TENANT,
    { ...CART, trouble: (service, atMs) => (service === 'prices' ? troubleAt(atMs) : {}) },
    { fromMs: onsetMs, toMs: endMs },
  );
  return await room.correlate(TENANT, [anomalyOf('cart', onsetMs)], endMs);
};

test('a service that keeps some callers waiting before its work and others within it is named', async () => {
  const { root, suspects } = await suspectOf([{ lateMs: 300 }, {}, {}, { slowMs: 300 }, {}]);
  expect(root).toEqual(sourceOf('prices'));
  expect(suspects[0]?.because[0]).toMatch(/waited too long for it/);
});

test('either alone, in a fifth of the calls, is too little to name it', async () => {
  expect((await suspectOf([{ lateMs: 300 }, {}, {}, {}, {}])).root).toBeNull();
  expect((await suspectOf([{ slowMs: 300 }, {}, {}, {}, {}])).root).toBeNull();
});

test('one silent call of ten is no more than may be, and eight of ten are', () => {
  const silent = (hits: number) =>
    blames(
      {
        keys: new Map(),
        edges: new Map(),
        silences: new Map([[callKey('prices', 'GET /'), { calls: 10, hits }]]),
      },
      emptyBaseline(),
    );
  expect(silent(1)).toEqual([]);
  expect(silent(8)).toMatchObject([{ service: 'prices', kind: 'silence', hits: 8, calls: 10 }]);
});
