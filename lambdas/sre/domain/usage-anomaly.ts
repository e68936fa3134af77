import { addCounts, latencyQuantileMs } from '../../ledger/domain/latency-buckets.ts';
import { bandOf, SCORE_VERSION, type Score } from '../score/composite.ts';
import { medianOf, zOf } from '../score/statistics.ts';
import { anomalyId, type Anomaly, type AnomalyFacts, type AnomalyKind } from './anomaly.ts';
import type { Source } from './log-record.ts';
import { bucketOf } from './summary.ts';

/** What the rows of hours say of a key in one hour: a part of the ledger's `UsageHour`. */
export interface KeyHour {
  readonly hourMs: number;
  readonly total: {
    readonly costNanoUsd: bigint;
    readonly requestCount: number;
    readonly errorCount: number;
  };
  readonly totalBuckets: readonly number[];
}

/** A key of the gateway: its hour, the day before it, and who it is like. */
export interface KeyUsage {
  readonly keyId: string;
  /** Keys of the same cohort are compared. */
  readonly cohort: string;
  readonly createdAtMs: number;
  /** The hour that is judged; null: it was not used in it. */
  readonly hour: KeyHour | null;
  /** Hours of the day before that hour in which it was used. */
  readonly before: readonly KeyHour[];
}

export interface UsageInput {
  readonly tenant: string;
  readonly hourMs: number;
  readonly nowMs: number;
  readonly keys: readonly KeyUsage[];
}

const DOLLAR = 1e9;
const SPEND_TIMES = 10;
const SPEND_MIN_NANO_USD = DOLLAR;
/** Where nothing is usual, only what hurts counts. */
const SPEND_ALONE_MIN_NANO_USD = 10 * DOLLAR;
/** Of itself it must be unusual too: a cohort has its whales. */
const SPEND_OWN_TIMES = 5;
const COHORT_MIN = 8;
const NEW_KEY_MS = 86_400_000;
const OWN_HOURS_MIN = 6;

/** What is unusual in the hour of each key, every kind once. Pure: the same rows find the same. */
export const judgeUsage = (input: UsageInput): readonly Anomaly[] => {
  const cohorts = Map.groupBy(input.keys, ({ cohort }) => cohort);
  return input.keys.flatMap((key) => {
    const { hour } = key;
    if (hour === null) return [];
    const found = [
      spendOf(key, hour, cohorts.get(key.cohort) ?? [], input),
      retriesOf(hour) ?? errorsOf(key, hour),
      latencyOf(key, hour),
    ];
    return found.flatMap((one) => (one === null ? [] : [anomalyOf(input, key, one)]));
  });
};

/** As much of an anomaly of a key as others are notified of. */
export interface UsageAnomaly {
  readonly id: string;
  readonly tenant: string;
  readonly kind: (typeof KEY_ANOMALY_KINDS)[number];
  /** Its service is the key's id. */
  readonly source: Pick<Source, 'service'>;
  readonly openedMs: number;
  readonly band: string;
  readonly why: string;
}

export const KEY_ANOMALY_KINDS = [
  'spend',
  'latency',
  'errors',
  'retries',
] as const satisfies readonly AnomalyKind[];

interface Found {
  readonly kind: (typeof KEY_ANOMALY_KINDS)[number];
  /** Thousandths. */
  readonly value: number;
  readonly because: string;
  readonly why: string;
  readonly facts: AnomalyFacts;
}

const costOf = ({ total }: KeyHour): number => Number(total.costNanoUsd);

/** A key spends ten times what is usual in its cohort, and a dollar at least. */
const spendOf = (
  key: KeyUsage,
  hour: KeyHour,
  cohort: readonly KeyUsage[],
  { nowMs }: UsageInput,
): Found | null => {
  const spent = costOf(hour);
  if (spent < SPEND_MIN_NANO_USD) return null;
  const isNew = (one: KeyUsage): boolean => nowMs - one.createdAtMs < NEW_KEY_MS;
  // A new key is judged, but says nothing of what is usual.
  const others = cohort.filter((one) => one !== key && !isNew(one));
  if (others.length < COHORT_MIN) return null;
  const usual = usualOf(others);
  const least = usual === 0 ? SPEND_ALONE_MIN_NANO_USD : SPEND_TIMES * usual;
  if (spent < Math.max(least, SPEND_MIN_NANO_USD)) return null;
  const own = ownSpend(key);
  if (own !== null && spent < SPEND_OWN_TIMES * own) return null;
  const times = usual === 0 ? SPEND_TIMES : spent / usual;
  return {
    kind: 'spend',
    value: valueAt(times, [
      [100, 900],
      [30, 700],
      [0, 500],
    ]),
    because: usual === 0 ? 'nothing is usual' : `${Math.round(times)} times the cohort's median`,
    why: `The key has spent ${dollars(spent)} in this hour, where ${dollars(usual)} is usual in its cohort.`,
    facts: {
      spent_nano_usd: spent,
      cohort_median_nano_usd: usual,
      cohort_keys: others.length,
      ...(own === null ? {} : { own_median_nano_usd: own }),
    },
  };
};

/** The middle of what keys spend in an hour in which they are used; of most of them unused: of those that were. */
const usualOf = (keys: readonly KeyUsage[]): number => {
  const all = keys.map((key) => medianOf(key.before.map(costOf)));
  const median = medianOf(all);
  if (median > 0) return median;
  const used = all.filter((spent) => spent > 0);
  return used.length < COHORT_MIN / 2 ? 0 : medianOf(used);
};

/** null: too little is known of the key itself. */
const ownSpend = ({ before }: KeyUsage): number | null =>
  before.length < OWN_HOURS_MIN ? null : medianOf(before.map(costOf));

const RETRIES_MIN = 60;
const RETRIES_SHARE_MIN = 0.95;

/** A client that asks again and again, once a minute or more, and is refused nearly every time. */
const retriesOf = ({ total }: KeyHour): Found | null => {
  const { requestCount, errorCount } = total;
  if (errorCount < RETRIES_MIN || errorCount < RETRIES_SHARE_MIN * requestCount) return null;
  const share = errorCount / requestCount;
  return {
    kind: 'retries',
    value: 650,
    because: `${errorCount} of ${requestCount} calls failed`,
    why: `${errorCount} of ${requestCount} calls of the key failed in this hour: a client repeats what cannot succeed.`,
    facts: { requests: requestCount, errors: errorCount, share: rounded(share) },
  };
};

const ERRORS_MIN = 10;
const ERRORS_SHARE_MIN = 0.1;
const ERRORS_Z = 7;
const CALLS_BEFORE_MIN = 100;

/** Far more calls fail than usually do. */
const errorsOf = (key: KeyUsage, { total }: KeyHour): Found | null => {
  const before = key.before.reduce(
    (sum, hour) => ({
      calls: sum.calls + hour.total.requestCount,
      errors: sum.errors + hour.total.errorCount,
    }),
    { calls: 0, errors: 0 },
  );
  const { requestCount, errorCount } = total;
  if (before.calls < CALLS_BEFORE_MIN || errorCount < ERRORS_MIN) return null;
  const mean = (requestCount * before.errors) / before.calls;
  const z = zOf(errorCount, { buckets: key.before.length, mean, variance: mean });
  const share = errorCount / requestCount;
  if (z < ERRORS_Z || share < ERRORS_SHARE_MIN) return null;
  return {
    kind: 'errors',
    value: share >= 0.5 ? 650 : 450,
    because: `z ${z.toFixed(1)}`,
    why: `${percent(share)} of the key's calls failed in this hour, where ${percent(before.errors / before.calls)} is usual.`,
    facts: { requests: requestCount, errors: errorCount, z: rounded(z) },
  };
};

const LATENCY_CALLS_MIN = 30;
const LATENCY_TIMES = 3;
const MIDDLE_TIMES = 1.5;

/** The slowest calls take three times as long, and the middle ones half as long again: not one slow model among many. */
const latencyOf = (key: KeyUsage, hour: KeyHour): Found | null => {
  const calls = hour.total.requestCount;
  const before = key.before.reduce<readonly number[]>(
    (sum, { totalBuckets }) => addCounts(sum, totalBuckets),
    [],
  );
  const callsBefore = before.reduce((sum, count) => sum + count, 0);
  if (calls < LATENCY_CALLS_MIN || callsBefore < CALLS_BEFORE_MIN) return null;
  const [p95, usualP95] = [quantile(hour.totalBuckets, 0.95), quantile(before, 0.95)];
  const [p50, usualP50] = [quantile(hour.totalBuckets, 0.5), quantile(before, 0.5)];
  if (p95 < LATENCY_TIMES * usualP95 || p50 < MIDDLE_TIMES * usualP50) return null;
  const times = p95 / usualP95;
  return {
    kind: 'latency',
    value: times >= 2 * LATENCY_TIMES ? 650 : 450,
    because: `p95 ${times.toFixed(1)} times as long`,
    why: `Calls of the key take ${seconds(p95)} at the 95th percentile in this hour, where ${seconds(usualP95)} is usual.`,
    facts: { p95_ms: p95, usual_p95_ms: usualP95, p50_ms: p50, usual_p50_ms: usualP50 },
  };
};

const quantile = (counts: readonly number[], share: number): number =>
  Math.max(1, latencyQuantileMs(counts, share) ?? 0);

type Step = readonly [from: number, value: number];
const valueAt = (figure: number, steps: readonly Step[]): number =>
  steps.find(([from]) => figure >= from)?.[1] ?? 0;

const anomalyOf = ({ tenant, hourMs, nowMs }: UsageInput, key: KeyUsage, found: Found): Anomaly => {
  const { kind, why, facts } = found;
  const source = keySource(key.keyId);
  const score = scoreOf(found);
  return {
    id: anomalyId(tenant, source, kind, bucketOf(hourMs)),
    revision: 1,
    tenant,
    kind,
    source,
    path: 'windowed',
    openedMs: hourMs,
    foundMs: nowMs,
    endedMs: null,
    band: score.band ?? 'low',
    score,
    why,
    facts,
    template: null,
    samples: [],
    others: [],
  };
};

/** Keys stand beside services, where no service can be. */
export const KEYS_NAMESPACE = 'gateway.keys';

const keySource = (keyId: string): Source => ({
  environment: '',
  namespace: KEYS_NAMESPACE,
  service: keyId,
});

/** Nothing but statistics applies to a row of counts. */
const scoreOf = ({ value, because }: Found): Score => ({
  version: SCORE_VERSION,
  parts: [{ category: 'statistical', weight: 1_000, value, points: value, because: [because] }],
  adjustment: { name: 'none', points: 0 },
  score: value,
  band: bandOf(value),
});

const dollars = (nanoUsd: number): string => `$${(nanoUsd / DOLLAR).toFixed(2)}`;
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
const rounded = (figure: number): number => Math.round(figure * 1_000) / 1_000;
