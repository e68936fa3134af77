import type { KeyProfile } from '../../ledger/domain/key.ts';
import type { CapMonth } from '../../ledger/domain/cap.ts';
import { peopleOf } from './people.ts';

/** Users who were refused at their cap, who met it most often first. */
export const listLeads = (
  profiles: readonly KeyProfile[],
  capMonths: readonly CapMonth[],
): readonly object[] => {
  const byKey = new Map(capMonths.map((month) => [month.keyId, month] as const));
  return peopleOf(profiles, [])
    .flatMap(({ userId, keys }) => {
      const months = keys.flatMap(({ keyId }) => byKey.get(keyId) ?? []);
      if (months.length === 0) return [];
      return [
        {
          object: 'lead',
          user_id: userId,
          keys: months.map(({ keyId }) => keyId),
          cohort: Object.assign({}, ...keys.map(({ cohort }) => cohort)),
          minutes_at_cap: months.reduce((sum, { minutes }) => sum + minutes, 0),
          first_at: Math.min(...months.map(({ firstAtMs }) => firstAtMs)),
          last_at: Math.max(...months.map(({ lastAtMs }) => lastAtMs)),
          asked_for: askedFor(months),
        },
      ];
    })
    .toSorted(
      (left, right) => right.minutes_at_cap - left.minutes_at_cap || right.last_at - left.last_at,
    );
};

const askedFor = (months: readonly CapMonth[]): readonly object[] => {
  const sums = new Map<string, number>();
  for (const { byModel } of months)
    for (const [model, minutes] of Object.entries(byModel))
      sums.set(model, (sums.get(model) ?? 0) + minutes);
  return [...sums]
    .toSorted(([, left], [, right]) => right - left)
    .map(([model, minutes]) => ({ model, minutes }));
};
