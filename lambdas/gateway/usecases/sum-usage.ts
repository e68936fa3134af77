import { addCounts, latencyQuantileMs } from '../../ledger/domain/latency-buckets.ts';
import type { KeyProfile } from '../../ledger/domain/key.ts';
import type { UsageHour, UsageTotals } from '../../ledger/ports.ts';
import { totalsView } from '../formats/usage-format.ts';

interface Sum {
  totals: UsageTotals;
  first: readonly number[];
  whole: readonly number[];
}

const NOTHING: UsageTotals = {
  costNanoUsd: 0n,
  requestCount: 0,
  errorCount: 0,
  counts: {},
};

type Part = readonly [
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
  const sums = new Map<string, Sum>();
  for (const hour of hours) for (const part of partsOf(hour, groupBy, keys)) add(sums, part);
  return [...sums].map(([name, sum]) => ({ ...labels(groupBy, name, keys), ...sumView(sum) }));
};

export const sumTotals = (hours: readonly UsageHour[]): object => {
  const sums = new Map<string, Sum>();
  for (const hour of hours) add(sums, ['', hour.total, hour.firstTokenBuckets, hour.totalBuckets]);
  return sumView(sums.get('') ?? { totals: NOTHING, first: [], whole: [] });
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
  const sum = sums.get(name) ?? { totals: NOTHING, first: [], whole: [] };
  sums.set(name, {
    totals: {
      costNanoUsd: sum.totals.costNanoUsd + totals.costNanoUsd,
      requestCount: sum.totals.requestCount + totals.requestCount,
      errorCount: sum.totals.errorCount + totals.errorCount,
      counts: addFigures(sum.totals.counts, totals.counts),
    },
    first: addCounts(sum.first, first),
    whole: addCounts(sum.whole, whole),
  });
};

const addFigures = (
  left: UsageTotals['counts'],
  right: UsageTotals['counts'],
): UsageTotals['counts'] =>
  Object.fromEntries(
    Object.keys(right).map((figure) => [figure, (left[figure] ?? 0) + (right[figure] ?? 0)]),
  );

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
