import {
  addCounts,
  latencyBucket,
  latencyQuantileMs,
} from '../../ledger/domain/latency-buckets.ts';
import { figuresOf, isFailed, type Settlement } from '../../ledger/domain/usage.ts';
import type { KeyProfile } from '../../ledger/domain/key.ts';
import type { UsageHour, UsageTotals } from '../../ledger/ports.ts';
import { AppError } from '../../shared/app-error.ts';
import { addTotals, NO_USAGE } from './add-totals.ts';
import { totalsView } from '../formats/usage-format.ts';

interface Sum {
  totals: UsageTotals;
  first: readonly number[];
  whole: readonly number[];
}

/** What one hour, or one call, adds to the sum of this name. */
export type Part = readonly [
  name: string,
  totals: UsageTotals,
  first: readonly number[],
  whole: readonly number[],
];

/** Hours summed by one word; each figure is rounded once, from its own exact sum. */
export const sumUsage = (
  hours: readonly UsageHour[],
  groupBy: string,
  keys: ReadonlyMap<string, KeyProfile>,
): readonly object[] => {
  const parts = hours.flatMap((hour) => partsOf(hour, groupBy, keys));
  return viewsOf(parts, (name) => labels(groupBy, name, keys));
};

/** The same, each group with a series of its own: the latencies of a user by the hour. */
export const sumSeries = (
  hours: readonly UsageHour[],
  groupBy: string,
  interval: 'hour' | 'day',
  keys: ReadonlyMap<string, KeyProfile>,
): readonly object[] => {
  const byName = Map.groupBy(hours, (hour) => partsOf(hour, groupBy, keys)[0]?.[0] ?? '');
  let steps = 0;
  return [...byName].map(([name, own]) => {
    const series = sumUsage(own, interval, keys);
    steps += series.length;
    if (steps > STEPS_MAX) throw tooManySteps();
    return { ...labels(groupBy, name, keys), ...sumTotals(own), series };
  });
};

/** Bounds one answer, which has 6 MB at most. */
const STEPS_MAX = 8_000;

const tooManySteps = (): AppError =>
  new AppError({
    code: 'answer_too_large',
    publicMessage: `interval: the series of all groups have more than ${STEPS_MAX} steps: ask for a shorter span, for days, or for one user_id`,
    facts: { param: 'interval' },
  });

export const viewsOf = (
  parts: readonly Part[],
  label: (name: string) => object,
): readonly object[] => {
  const sums = new Map<string, Sum>();
  for (const part of parts) add(sums, part);
  return [...sums].map(([name, sum]) => ({ ...label(name), ...sumView(sum) }));
};

/** One call as an addition to the sum of `name`. */
export const callPart = (name: string, call: Settlement): Part => [
  name,
  {
    costNanoUsd: BigInt(call.costNanoUsd),
    requestCount: 1,
    errorCount: isFailed(call) ? 1 : 0,
    counts: figuresOf(call.tokens),
  },
  call.firstTokenMs === null ? [] : counted(call.firstTokenMs),
  counted(call.totalMs),
];

const counted = (latencyMs: number): readonly number[] => {
  const counts: number[] = [];
  counts[latencyBucket(latencyMs)] = 1;
  return counts;
};

export const sumTotals = (hours: readonly UsageHour[]): object => {
  const sums = new Map<string, Sum>();
  for (const hour of hours) add(sums, ['', hour.total, hour.firstTokenBuckets, hour.totalBuckets]);
  return sumView(sums.get('') ?? { totals: NO_USAGE, first: [], whole: [] });
};

const partsOf = (
  hour: UsageHour,
  groupBy: string,
  keys: ReadonlyMap<string, KeyProfile>,
): readonly Part[] => {
  const whole = (name: string): readonly Part[] => [
    [name, hour.total, hour.firstTokenBuckets, hour.totalBuckets],
  ];
  const profile = keys.get(hour.keyId);
  if (groupBy.startsWith('cohort.'))
    return whole(profile?.cohort[groupBy.slice('cohort.'.length)] ?? '');
  switch (groupBy) {
    case 'model':
      return Object.entries(hour.byModel).map(([name, totals]) => [name, totals, [], []] as const);
    case 'feature':
      return Object.entries(hour.byFeature).map(
        ([name, totals]) => [name, totals, [], []] as const,
      );
    case 'user':
      return whole(profile?.userId ?? '');
    case 'hour':
      return whole(new Date(hour.hourMs).toISOString());
    case 'day':
      return whole(new Date(hour.hourMs).toISOString().slice(0, 10));
    default:
      return whole(hour.keyId);
  }
};

const add = (sums: Map<string, Sum>, [name, totals, first, whole]: Part): void => {
  const sum = sums.get(name) ?? { totals: NO_USAGE, first: [], whole: [] };
  sums.set(name, {
    totals: addTotals(sum.totals, totals),
    first: addCounts(sum.first, first),
    whole: addCounts(sum.whole, whole),
  });
};

const sumView = ({ totals, first, whole }: Sum): object => ({
  ...totalsView(totals),
  p50_first_token_ms: latencyQuantileMs(first, 0.5),
  p95_first_token_ms: latencyQuantileMs(first, 0.95),
  p50_total_ms: latencyQuantileMs(whole, 0.5),
  p95_total_ms: latencyQuantileMs(whole, 0.95),
});

const labels = (groupBy: string, name: string, keys: ReadonlyMap<string, KeyProfile>): object => {
  if (groupBy !== 'key') return { [groupBy === 'user' ? 'user_id' : groupBy]: name };
  const profile = keys.get(name);
  return { key_id: name, user_id: profile?.userId ?? null, name: profile?.name ?? null };
};
