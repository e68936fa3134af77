import { describe, expect, test } from 'vitest';
import {
  LATENCY_BUCKET_COUNT,
  latencyBucket,
} from '../../../../lambdas/ledger/domain/latency-buckets.ts';
import {
  judgeUsage,
  type KeyHour,
  type KeyUsage,
} from '../../../../lambdas/sre/domain/usage-anomaly.ts';

const HOUR_MS = 3_600_000;
const HOUR = Date.UTC(2026, 10, 30, 12);
const NOW = HOUR + 20 * 60_000;
const DAY_MS = 24 * HOUR_MS;

interface Figures {
  readonly usd?: number;
  readonly calls?: number;
  readonly errors?: number;
  readonly ms?: number;
}

const hourAt = (
  hourMs: number,
  { usd = 0, calls = 0, errors = 0, ms = 900 }: Figures,
): KeyHour => ({
  hourMs,
  total: { costNanoUsd: BigInt(Math.round(usd * 1e9)), requestCount: calls, errorCount: errors },
  totalBuckets: Array.from({ length: LATENCY_BUCKET_COUNT }, (_, index) =>
    index === latencyBucket(ms) ? calls : 0,
  ),
});

const keyOf = (
  keyId: string,
  now: Figures,
  usual: Figures,
  change: Partial<KeyUsage> = {},
): KeyUsage => ({
  keyId,
  cohort: 'free',
  createdAtMs: HOUR - 30 * DAY_MS,
  hour: hourAt(HOUR, now),
  before: Array.from({ length: 12 }, (_, index) => hourAt(HOUR - (index + 1) * HOUR_MS, usual)),
  ...change,
});

/** Keys like it that spend ten cents an hour. */
const cohort = (count: number, usd = 0.1): readonly KeyUsage[] =>
  Array.from({ length: count }, (_, index) => keyOf(`key_${index}`, { usd }, { usd }));

const judge = (...keys: readonly KeyUsage[]) =>
  judgeUsage({ tenant: 'project', hourMs: HOUR, nowMs: NOW, keys });
const kinds = (...keys: readonly KeyUsage[]) => judge(...keys).map(({ kind }) => kind);

describe('the spend of a key', () => {
  const loud = keyOf('key_x', { usd: 5 }, { usd: 0.1 });

  test('is unusual at ten times the median of its cohort', () => {
    const [anomaly, ...rest] = judge(...cohort(8), loud);
    expect(rest).toEqual([]);
    expect(anomaly).toMatchObject({
      kind: 'spend',
      band: 'high',
      source: { namespace: 'gateway.keys', service: 'key_x' },
      openedMs: HOUR,
      why: 'The key has spent $5.00 in this hour, where $0.10 is usual in its cohort.',
      score: { score: 700, parts: [{ points: 700 }], adjustment: { points: 0 } },
    });
    expect(kinds(...cohort(8, 0.51), loud)).toEqual([]);
  });

  test('needs a cohort of eight, and a dollar', () => {
    expect(kinds(...cohort(7), loud)).toEqual([]);
    expect(kinds(...cohort(8, 0.01), keyOf('key_x', { usd: 0.99 }, { usd: 0.01 }))).toEqual([]);
    const others = cohort(8).map((key) => ({ ...key, cohort: 'paid' }));
    expect(kinds(...others, loud)).toEqual([]);
  });

  test('is the usual one of a key that always spends that much', () => {
    expect(kinds(...cohort(20), keyOf('key_x', { usd: 5 }, { usd: 4 }))).toEqual([]);
    expect(kinds(...cohort(20), keyOf('key_x', { usd: 25 }, { usd: 4 }))).toEqual(['spend']);
  });

  test('where most are idle is compared with those that are not, and where all are with ten dollars', () => {
    const idle = Array.from({ length: 20 }, (_, index) =>
      keyOf(`idle_${index}`, {}, {}, { hour: null, before: [] }),
    );
    const few = cohort(4);
    expect(kinds(...idle, ...few, loud)).toEqual(['spend']);
    expect(kinds(...idle, ...few, keyOf('key_x', { usd: 1.05 }, {}))).toEqual(['spend']);
    expect(kinds(...idle, keyOf('key_x', { usd: 9 }, {}, { before: [] }))).toEqual([]);
    expect(kinds(...idle, keyOf('key_x', { usd: 11 }, {}, { before: [] }))).toEqual(['spend']);
  });

  test('of a new key is judged, and is no part of what is usual', () => {
    const fresh = { createdAtMs: NOW - HOUR_MS, before: [] };
    const young = cohort(8, 5).map((key) => ({ ...key, ...fresh }));
    expect(kinds(...cohort(8), ...young.slice(0, 2))).toEqual(['spend', 'spend']);
    expect(kinds(...young, loud)).toEqual([]);
  });
});

describe('the calls of a key', () => {
  test('that fail nearly all are a client that repeats what cannot succeed', () => {
    const [anomaly] = judge(keyOf('key_x', { calls: 80, errors: 78 }, { calls: 80, errors: 1 }));
    expect(anomaly).toMatchObject({
      kind: 'retries',
      band: 'high',
      why: '78 of 80 calls of the key failed in this hour: a client repeats what cannot succeed.',
    });
    expect(kinds(keyOf('key_x', { calls: 59, errors: 59 }, { calls: 1 }))).toEqual([]);
  });

  test('that fail more often than usual are a drift, if they are not few', () => {
    const usual = { calls: 100, errors: 2 };
    expect(judge(keyOf('key_x', { calls: 100, errors: 40 }, usual))).toMatchObject([
      {
        kind: 'errors',
        band: 'medium',
        why: "40.0 % of the key's calls failed in this hour, where 2.0 % is usual.",
      },
    ]);
    expect(kinds(keyOf('key_x', { calls: 100, errors: 8 }, usual))).toEqual([]);
    expect(kinds(keyOf('key_x', { calls: 100, errors: 40 }, { calls: 100, errors: 38 }))).toEqual(
      [],
    );
    expect(kinds(keyOf('key_x', { calls: 20, errors: 15 }, { calls: 1 }))).toEqual([]);
  });

  test('that take three times as long are a drift, if not only the slowest do', () => {
    const usual = { calls: 50, ms: 900 };
    expect(judge(keyOf('key_x', { calls: 50, ms: 4_000 }, usual))).toMatchObject([
      { kind: 'latency', band: 'medium' },
    ]);
    expect(kinds(keyOf('key_x', { calls: 50, ms: 1_500 }, usual))).toEqual([]);
    expect(kinds(keyOf('key_x', { calls: 29, ms: 4_000 }, usual))).toEqual([]);
    const mixed = hourAt(HOUR, { calls: 50, ms: 900 });
    const slow = mixed.totalBuckets.map((count, index) => (index === 14 ? 10 : count));
    const key = keyOf('key_x', usual, usual, { hour: { ...mixed, totalBuckets: slow } });
    expect(kinds(key)).toEqual([]);
  });
});
