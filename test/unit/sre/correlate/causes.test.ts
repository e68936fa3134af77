import { beforeEach, describe, expect, test } from 'vitest';
import { CONFIDENCE_MIN } from '../../../../lambdas/sre/domain/cause.ts';
import { anomalyOf, CausesRoom, MINUTE_MS } from '../../../support/sre/causes-room.ts';
import type { Trouble, WorldOptions } from '../../../support/sre/call-world.ts';
import { sourceOf } from '../../../support/sre/entries.ts';

const TENANT = 'shop';
const SHOP: WorldOptions = {
  services: {
    front: ['cart', 'orders'],
    cart: ['stock', 'prices'],
    orders: ['payment', 'mail'],
    stock: [],
    prices: [],
    payment: ['bank'],
    mail: [],
    bank: [],
  },
  queued: ['mail'],
};

/** The shop with something wrong from a time on. */
const troubled = (
  fromMs: number,
  troubles: Readonly<Record<string, Trouble>>,
  world: WorldOptions = SHOP,
): WorldOptions => ({
  ...world,
  trouble: (service, atMs) => (atMs >= fromMs ? (troubles[service] ?? {}) : {}),
});

describe('a cause', () => {
  let room: CausesRoom;
  beforeEach(() => {
    room = new CausesRoom();
  });

  /** Two minutes of trouble after a quarter of an hour as usual; who fails is told as anomalies. */
  const causeOf = async (
    troubles: Readonly<Record<string, Trouble>>,
    deviating: readonly string[],
    world: WorldOptions = SHOP,
  ) => {
    const onsetMs = await room.learnMinutes(TENANT, world);
    const endMs = onsetMs + 2 * MINUTE_MS;
    await room.play(TENANT, troubled(onsetMs, troubles, world), { fromMs: onsetMs, toMs: endMs });
    return await room.correlate(
      TENANT,
      deviating.map((service) => anomalyOf(service, onsetMs)),
      endMs,
    );
  };

  test('is the service below which nothing deviates, with the chain up to who sees it', async () => {
    const cause = await causeOf({ bank: { fails: true } }, ['front', 'orders', 'payment', 'bank']);
    expect(cause.root).toEqual(sourceOf('bank'));
    expect(cause.confidence).toBeGreaterThanOrEqual(CONFIDENCE_MIN);
    expect(cause.chain.map(({ service }) => service)).toEqual([
      'bank',
      'payment',
      'orders',
      'front',
    ]);
    expect(cause.template?.text).toBe('bank cannot read its configuration');
    expect(cause.samples.length).toBeGreaterThan(0);
    expect(cause.gaps).toEqual([]);
  });
});
