import type { KeyProfile } from '../../ledger/domain/key.ts';
import type { CapMonth } from '../../ledger/domain/cap.ts';
import type { UsageHour } from '../../ledger/ports.ts';
import { microsFromNanoUsd } from '../../shared/money.ts';
import { cohortOf, costOf, peopleOf, quantileOf, type Person } from './people.ts';

const HOUR_MS = 3_600_000;
const DOLLAR_NANO_USD = 1_000_000_000n;

export interface CohortsInput {
  readonly profiles: readonly KeyProfile[];
  /** Of the span; it begins at `fromMs`. */
  readonly hours: readonly UsageHour[];
  readonly capMonths: readonly CapMonth[];
  /** The field of the cohort that divides. */
  readonly by: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** What users of each cohort cost, the dearest cohort first. */
export const sumCohorts = (input: CohortsInput): readonly object[] => {
  const atCap = new Set(
    input.capMonths
      .filter(({ firstAtMs, lastAtMs }) => firstAtMs < input.toMs && lastAtMs >= input.fromMs)
      .map(({ keyId }) => keyId),
  );
  const people = peopleOf(input.profiles, input.hours);
  return [...Map.groupBy(people, (person) => cohortOf(person, input.by))]
    .map(([cohort, members]) => ({ cohort, members, cost: sumOf(members.map(costOf)) }))
    .toSorted((left, right) => (left.cost > right.cost ? -1 : left.cost < right.cost ? 1 : 0))
    .map(({ cohort, members, cost }) => {
      const reached = members.filter(({ keys }) => keys.some(({ keyId }) => atCap.has(keyId)));
      const dollars = members.flatMap((person) => firstDollarMs(person, input.fromMs) ?? []);
      return {
        cohort,
        users: members.length,
        active_users: members.filter(({ hours }) => hours.length > 0).length,
        cost_micros: microsFromNanoUsd(cost),
        cost_per_user_micros: {
          mean: microsFromNanoUsd(cost / BigInt(members.length)),
          median: microsFromNanoUsd(quantileOf(members.map(costOf), 0.5) ?? 0n),
          p90: microsFromNanoUsd(quantileOf(members.map(costOf), 0.9) ?? 0n),
        },
        reached_cap: { users: reached.length, share: shareOf(reached.length, members.length) },
        first_dollar: { users: dollars.length, median_ms: quantileOf(dollars, 0.5) },
      };
    });
};

const sumOf = (values: readonly bigint[]): bigint => values.reduce((sum, value) => sum + value, 0n);

/** Four decimals. */
const shareOf = (part: number, whole: number): number => Math.round((part / whole) * 1e4) / 1e4;

/**
 * From the first key to the end of the hour in which the first dollar was spent; null: not yet, or begun before the
 * span, so that not all of its hours are here.
 */
const firstDollarMs = ({ keys, hours }: Person, fromMs: number): number | null => {
  const beganMs = keys[0]?.createdAtMs ?? 0;
  if (beganMs < fromMs) return null;
  let spent = 0n;
  for (const { hourMs, total } of hours.toSorted((left, right) => left.hourMs - right.hourMs)) {
    spent += total.costNanoUsd;
    if (spent >= DOLLAR_NANO_USD) return Math.max(0, hourMs + HOUR_MS - beganMs);
  }
  return null;
};
