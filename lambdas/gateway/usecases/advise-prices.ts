import type { KeyProfile } from '../../ledger/domain/key.ts';
import type { UsageHour } from '../../ledger/ports.ts';
import { microsFromNanoUsd } from '../../shared/money.ts';
import { peopleOf, quantileOf } from './people.ts';

/** Parts of a whole that a margin is counted in. */
const PARTS = 10_000n;

interface FeatureUse {
  readonly cost: bigint;
  readonly calls: number;
}

/**
 * What a feature costs for each user who uses it, and the monthly price at which nine of ten leave the margin. A span
 * that is not 30 days long is scaled to them.
 */
export const advisePrices = (
  profiles: readonly KeyProfile[],
  hours: readonly UsageHour[],
  { margin, spanMs }: { readonly margin: number; readonly spanMs: number },
): readonly object[] => {
  const uses = peopleOf(profiles, hours).flatMap((person) => featuresOf(person.hours));
  const kept = PARTS - BigInt(Math.round(margin * Number(PARTS)));
  return [...Map.groupBy(uses, ([feature]) => feature)]
    .map(([feature, entries]) => {
      const costs = entries.map(([, { cost }]) => cost);
      const total = costs.reduce((sum, cost) => sum + cost, 0n);
      const calls = entries.reduce((sum, [, use]) => sum + use.calls, 0);
      const monthly = ((quantileOf(costs, 0.9) ?? 0n) * BigInt(MONTH_MS)) / BigInt(spanMs);
      return {
        feature,
        users: entries.length,
        request_count: calls,
        cost_micros: microsFromNanoUsd(total),
        cost_per_call_micros: microsFromNanoUsd(calls === 0 ? 0n : total / BigInt(calls)),
        cost_per_user_micros: {
          mean: microsFromNanoUsd(total / BigInt(entries.length)),
          median: microsFromNanoUsd(quantileOf(costs, 0.5) ?? 0n),
          p90: microsFromNanoUsd(quantileOf(costs, 0.9) ?? 0n),
        },
        price_per_month_micros: microsFromNanoUsd((monthly * PARTS + kept - 1n) / kept),
      };
    })
    .toSorted((left, right) => right.cost_micros - left.cost_micros);
};

const MONTH_MS = 30 * 86_400_000;

const featuresOf = (hours: readonly UsageHour[]): readonly (readonly [string, FeatureUse])[] => {
  const sums = new Map<string, FeatureUse>();
  for (const { byFeature } of hours)
    for (const [feature, { costNanoUsd, requestCount }] of Object.entries(byFeature)) {
      const { cost, calls } = sums.get(feature) ?? { cost: 0n, calls: 0 };
      sums.set(feature, { cost: cost + costNanoUsd, calls: calls + requestCount });
    }
  return [...sums];
};
