import { beforeEach, describe, expect, test } from 'vitest';
import { CONFIDENCE_MIN, type Cause } from '../../../../lambdas/sre/domain/cause.ts';
import type { Source } from '../../../../lambdas/sre/domain/log-record.ts';
import type { MetricMinute } from '../../../../lambdas/sre/domain/metric-minute.ts';
import { anomalyOf, CausesRoom, MINUTE_MS } from '../../../support/sre/causes-room.ts';
import { traffic, type Trouble, type WorldOptions } from '../../../support/sre/call-world.ts';
import { sourceOf, START_MS } from '../../../support/sre/entries.ts';

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

const likely = ({ suspects }: Cause): readonly string[] =>
  suspects.filter(({ score }) => score >= CONFIDENCE_MIN).map(({ source }) => source.service);

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

  test('names a service whose span alone says that it failed, by its exception', async () => {
    const world = { ...SHOP, hasLines: false };
    const cause = await causeOf(
      { payment: { exceptionType: 'java.lang.OutOfMemoryError' } },
      ['front', 'orders', 'payment'],
      world,
    );
    expect(cause.root).toEqual(sourceOf('payment'));
    expect(cause.suspects[0]?.because[0]).toContain('POST /payment');
  });

  test('names a service that works too long, not those that wait for it', async () => {
    const cause = await causeOf({ prices: { slowMs: 900 } }, ['front', 'cart']);
    expect(cause.root).toEqual(sourceOf('prices'));
    expect(likely(cause)).toEqual(['prices']);
  });

  test('names a service whose network is slow, though it works as ever', async () => {
    const cause = await causeOf({ stock: { lateMs: 700 } }, ['front', 'cart']);
    expect(cause.root).toEqual(sourceOf('stock'));
  });

  test('names a dead service, of which no span and no line tells', async () => {
    const cause = await causeOf({ bank: { isDead: true } }, ['front', 'orders', 'payment']);
    expect(cause.root).toEqual(sourceOf('bank'));
    expect(cause.suspects[0]?.because[0]).toMatch(/failed and no answer of it is seen/);
    expect(cause.affected).toContainEqual(sourceOf('payment'));
  });

  test('takes a service that stops telling of itself, while its callers do well, for none', async () => {
    const onsetMs = await room.learnMinutes(TENANT, SHOP);
    const endMs = onsetMs + 2 * MINUTE_MS;
    const { spans, lines } = traffic(SHOP, { fromMs: onsetMs, toMs: endMs });
    const isMute = ({ service }: Source): boolean => service === 'bank';
    await room.send(
      TENANT,
      {
        spans: spans.filter(({ source }) => !isMute(source)),
        lines: lines.filter(({ record }) => !isMute(record.source)),
      },
      endMs,
    );
    const cause = await room.correlate(
      TENANT,
      [anomalyOf('bank', onsetMs, { kind: 'went_silent' })],
      endMs + MINUTE_MS,
    );
    expect(cause.root).toBeNull();
  });

  test('shows both of two faults at once, and says that there may be two', async () => {
    const cause = await causeOf({ bank: { fails: true }, stock: { slowMs: 900 } }, [
      'front',
      'cart',
      'orders',
    ]);
    expect(likely(cause).toSorted()).toEqual(['bank', 'stock']);
    expect(cause.gaps).toContain('Two suspects are about as likely: there may be two faults.');
  });

  test('gives each of two incidents its own root, where neither can explain the other', async () => {
    const onsetMs = await room.learnMinutes(TENANT, SHOP);
    const endMs = onsetMs + 2 * MINUTE_MS;
    const world = troubled(onsetMs, { bank: { fails: true }, prices: { slowMs: 900 } });
    await room.play(TENANT, world, { fromMs: onsetMs, toMs: endMs });
    const rootOf = async (service: string) =>
      (await room.correlate(TENANT, [anomalyOf(service, onsetMs)], endMs)).root;
    expect(await rootOf('payment')).toEqual(sourceOf('bank'));
    expect(await rootOf('cart')).toEqual(sourceOf('prices'));
  });

  test('shows a new version of the root that telemetry tells of', async () => {
    const world = troubled(0, { payment: { version: '1.4.0' } });
    const onsetMs = await room.learnMinutes(TENANT, world);
    const endMs = onsetMs + 2 * MINUTE_MS;
    await room.play(TENANT, troubled(onsetMs, { payment: { version: '1.5.0', fails: true } }), {
      fromMs: onsetMs,
      toMs: endMs,
    });
    const cause = await room.correlate(
      TENANT,
      ['front', 'payment'].map((service) => anomalyOf(service, onsetMs)),
      endMs,
    );
    expect(cause.root).toEqual(sourceOf('payment'));
    expect(cause.suspects[0]?.because.join()).toContain('version 1.5.0 of it came');
    expect(cause.timeline.map(({ what }) => what)).toContain(
      'version 1.5.0 of payment is seen first',
    );
  });

  test.each([
    ['bank', sourceOf('bank').environment, true],
    ['bank', '*', true],
    ['banking', '*', false],
  ])('counts a deploy of %s in %s, but names nobody for it', async (service, environment, is) => {
    const onsetMs = await room.learnMinutes(TENANT, SHOP);
    const source = { ...sourceOf(service), environment };
    const deploys = [{ source, version: '7', atMs: onsetMs - MINUTE_MS }];
    const anomalies = ['front', 'orders'].map((name) => anomalyOf(name, onsetMs));
    const nowMs = onsetMs + MINUTE_MS;
    await room.play(TENANT, SHOP, { fromMs: onsetMs, toMs: nowMs });
    const { root, suspects } = await room.correlate(TENANT, anomalies, nowMs, deploys);
    expect(root).toBeNull();
    const because = suspects.flatMap((one) => (one.source.service === 'bank' ? one.because : []));
    expect(because).toEqual(is ? ['version 7 of it came 60 s before'] : []);
  });

  test('finds what works behind a queue, in a trace that goes on after the answer', async () => {
    const cause = await causeOf({ mail: { fails: true } }, ['mail']);
    expect(cause.root).toEqual(sourceOf('mail'));
    const slow = new CausesRoom();
    room = slow;
    const late = await causeOf({ mail: { slowMs: 2_000 } }, ['mail']);
    expect(late.root).toEqual(sourceOf('mail'));
  });

  test('finds the root with a quarter of the traces, by lines of those that are not sampled', async () => {
    const world = { ...SHOP, sampled: 0.25 };
    const cause = await causeOf({ bank: { fails: true } }, ['front', 'payment', 'bank'], world);
    expect(cause.root).toEqual(sourceOf('bank'));
  });

  test.each([30_000, -30_000])('is right when a clock is %i ms off', async (skewMs) => {
    const world = { ...SHOP, skewMs: { payment: skewMs } };
    const cause = await causeOf({ bank: { slowMs: 900 } }, ['front', 'orders'], world);
    expect(cause.root).toEqual(sourceOf('bank'));
    expect(likely(cause)).toEqual(['bank']);
  });

  test('of a tenant knows nothing of another one with services of the same names', async () => {
    const onsetMs = await room.learnMinutes(TENANT, SHOP);
    const endMs = onsetMs + 2 * MINUTE_MS;
    const world = troubled(onsetMs, { bank: { fails: true } });
    await room.play(TENANT, world, { fromMs: onsetMs, toMs: endMs });
    await room.play('other', SHOP, { fromMs: onsetMs, toMs: endMs });
    const cause = await room.correlate('other', [anomalyOf('front', onsetMs)], endMs);
    expect(cause.root).toBeNull();
    expect(cause.gaps.join()).toContain('too few for a baseline');
  });

  test('keeps staging out of what is usual and what is wrong in production', async () => {
    const staging: WorldOptions = {
      ...SHOP,
      sourceOf: (service) => ({ ...sourceOf(service), environment: 'staging' }),
    };
    const onsetMs = await room.learnMinutes(TENANT, SHOP);
    const endMs = onsetMs + 2 * MINUTE_MS;
    await room.learnMinutes(TENANT, staging);
    const broken = troubled(onsetMs, { bank: { fails: true } }, staging);
    await room.play(TENANT, broken, { fromMs: onsetMs, toMs: endMs });
    await room.play(TENANT, SHOP, { fromMs: onsetMs, toMs: endMs });
    const cause = await room.correlate(TENANT, [anomalyOf('front', onsetMs)], endMs);
    expect(cause.root).toBeNull();
  });

  test('abstains when all is as usual', async () => {
    const cause = await causeOf({}, ['front']);
    expect(cause).toMatchObject({ root: null, chain: [], template: null });
    expect(cause.confidence).toBeLessThan(CONFIDENCE_MIN);
    expect(cause.gaps.length).toBeGreaterThan(0);
  });

  test('abstains without spans and without traces, and says that they are missing', async () => {
    const world = { ...SHOP, hasSpans: false, hasTraceIds: false };
    const cause = await causeOf({ bank: { fails: true } }, ['front', 'payment'], world);
    expect(cause.root).toBeNull();
    expect(cause.gaps).toContain(
      'No line and no span names a trace: who called whom is not known.',
    );
  });

  test('names what crashed by its own word, without any trace', async () => {
    const nowMs = START_MS + MINUTE_MS;
    const cause = await room.correlate(
      TENANT,
      [
        anomalyOf('bank', START_MS, { kind: 'oom', why: 'bank ran out of memory.' }),
        anomalyOf('front', START_MS + 20_000),
      ],
      nowMs,
    );
    expect(cause.root).toEqual(sourceOf('bank'));
    expect(cause.suspects[0]?.because).toContain('bank ran out of memory.');
    expect(cause.gaps).toContain('No line and no span of this time is at hand.');
  });

  test('works on the first day, by the deepest failure of traces', async () => {
    const world = troubled(START_MS, { bank: { fails: true } });
    const endMs = START_MS + 2 * MINUTE_MS;
    await room.play(TENANT, world, { fromMs: START_MS, toMs: endMs });
    const anomalies = ['front', 'orders', 'payment', 'bank'].map((service) =>
      anomalyOf(service, START_MS),
    );
    const cause = await room.correlate(TENANT, anomalies, endMs);
    expect(cause.root).toEqual(sourceOf('bank'));
    expect(cause.gaps.join()).toContain('too few for a baseline');
  });

  test('names a service whose processor is far beyond its usual level', async () => {
    const level = (minute: number, share: number): MetricMinute => ({
      source: sourceOf('stock'),
      minute,
      kind: 'cpu',
      name: 'k8s.pod.cpu_limit_utilization',
      unit: '1',
      counts: 'level',
      points: 1,
      sum: share,
      max: share,
      last: share,
    });
    for (let atMs = START_MS; atMs < START_MS + 12 * MINUTE_MS; atMs += MINUTE_MS)
      await room.sendMetrics(TENANT, [level(atMs / MINUTE_MS, 0.1)], atMs + 1_000);
    const onsetMs = await room.learnMinutes(TENANT, SHOP);
    await room.play(TENANT, SHOP, { fromMs: onsetMs, toMs: onsetMs + MINUTE_MS });
    await room.sendMetrics(TENANT, [level(onsetMs / MINUTE_MS, 0.93)], onsetMs + 30_000);
    const cause = await room.correlate(TENANT, [anomalyOf('cart', onsetMs)], onsetMs + MINUTE_MS);
    expect(cause.root).toEqual(sourceOf('stock'));
    expect(cause.suspects[0]?.because).toContain(
      'k8s.pod.cpu_limit_utilization is at 93 %, usually 10 %',
    );
  });
});
