import { describe, expect, test } from 'vitest';
import type { Cause } from '../../../../lambdas/sre/domain/cause.ts';
import { anomalyOf, CausesRoom, MINUTE_MS } from '../../../support/sre/causes-room.ts';
import {
  traffic,
  type Outside,
  type Trouble,
  type WorldOptions,
} from '../../../support/sre/call-world.ts';
import { sourceOf } from '../../../support/sre/entries.ts';

const TENANT = 'shop';
const CART: WorldOptions = {
  services: {
    cart: ['stock', 'prices', 'taxes', 'mail'],
    stock: [],
    prices: [],
    taxes: [],
    mail: [],
  },
  queued: ['mail'],
  hasLines: false,
};
/** `traffic` has a request each four seconds. */
const REQUEST_MS = 4_000;
const SHARES = [
  ['is dead', () => true],
  ['refuses every second call', (request: number) => request % 2 === 0],
] as const;

type Told = ReturnType<typeof traffic>['spans'];

/** After two minutes in which `service` refuses some calls, as these spans tell of it. */
const causeOf = async (
  service: string,
  refuses: (request: number) => boolean,
  as?: (spans: Told) => Told,
): Promise<Cause> =>
  await causeIn(CART, (who, request) => ({ isDead: who === service && refuses(request) }), as);

/** After two minutes of trouble in a world that was well for long. */
const causeIn = async (
  world: WorldOptions,
  trouble: (service: string, request: number) => Trouble,
  as: (spans: Told) => Told = (spans) => spans,
): Promise<Cause> => {
  const room = new CausesRoom();
  const onsetMs = await room.learnMinutes(TENANT, world);
  const endMs = onsetMs + 2 * MINUTE_MS;
  const { spans, lines } = traffic(
    {
      ...world,
      trouble: (who, atMs) => trouble(who, Math.floor((atMs - onsetMs) / REQUEST_MS)),
    },
    { fromMs: onsetMs, toMs: endMs },
  );
  await room.send(TENANT, { spans: as(spans), lines }, endMs);
  return await room.correlate(TENANT, [anomalyOf('cart', onsetMs)], endMs);
};

describe.each(SHARES)('a callee that %s', (_, refuses) => {
  test.each(['stock', 'prices', 'taxes'])(
    'is named, not whom its caller would have called after it: %s',
    async (service) => {
      const { root, suspects } = await causeOf(service, refuses);
      expect(root).toEqual(sourceOf(service));
      expect(suspects.map(({ source }) => source.service)).toEqual([service]);
    },
  );

  test.each([
    ['a name within a cluster', { 'server.address': 'stock.shop.svc.cluster.local' }],
    ['a name and a port', { 'net.peer.name': 'stock:8080' }],
    ['a name in capitals', { 'peer.service': 'Stock' }],
    ['a peer before an address', { 'peer.service': 'stock', 'server.address': '10.0.0.7' }],
  ])('is known by %s', async (_what, attributes) => {
    const { suspects } = await causeOf('stock', refuses, (spans) =>
      spans.map((span) => (span.kind === 3 && span.isError ? { ...span, attributes } : span)),
    );
    expect(suspects.map(({ source }) => source.service)).toEqual(['stock']);
  });

  test('is known by the name of what is called, as it is said on both sides', async () => {
    const { suspects } = await causeOf('stock', refuses, (spans) =>
      spans.map((span) =>
        span.kind === 3 && span.isError ? { ...span, name: 'POST /stock', attributes: {} } : span,
      ),
    );
    expect(suspects.map(({ source }) => source.service)).toEqual(['stock']);
  });

  test('is among those that it may be, where its caller says nothing of whom it calls', async () => {
    const { suspects } = await causeOf('taxes', refuses, (spans) =>
      spans.map((span) => (span.kind === 3 ? { ...span, attributes: {} } : span)),
    );
    expect(suspects.map(({ source }) => source.service)).toContain('taxes');
    // Nobody waits for a consumer: that a call failed says nothing of it.
    expect(suspects.map(({ source }) => source.service)).not.toContain('mail');
  });
});

const OUTSIDE: readonly (readonly [string, Outside])[] = [
  ['a database', { operation: 'SELECT carts', peer: 'cart-db' }],
  ['a database without a peer', { operation: 'SELECT carts', peer: '' }],
  ['an outside service', { operation: 'POST', peer: 'api.bank.example' }],
];

describe.each(OUTSIDE)('%s that is asked before other services', (_, outside) => {
  const world: WorldOptions = { ...CART, outside: { cart: outside } };

  test.each(SHARES)(
    'points to whom asks it, not to whom would be called next, when it %s',
    async (_how, fails) => {
      const { root, suspects } = await causeIn(world, (service, request) => ({
        outsideFails: service === 'cart' && fails(request),
      }));
      expect(root).toEqual(sourceOf('cart'));
      expect(suspects.map(({ source }) => source.service)).toEqual(['cart']);
    },
  );

  test.each(SHARES)('hides no callee that %s', async (_how, refuses) => {
    const { root, suspects } = await causeIn(world, (service, request) => ({
      isDead: service === 'stock' && refuses(request),
    }));
    expect(root).toEqual(sourceOf('stock'));
    expect(suspects.map(({ source }) => source.service)).toEqual(['stock']);
  });

  test('hides no service that leaves out what it calls as a rule', async () => {
    const { root } = await causeIn(
      world,
      () => ({}),
      (spans) => {
        const left = spans.filter(({ source }) => source.service !== 'prices');
        return left.filter(({ attributes }) => attributes['server.address'] !== 'prices');
      },
    );
    expect(root).toEqual(sourceOf('cart'));
  });
});
