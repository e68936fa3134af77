import type { KeyProfile } from '../../ledger/domain/key.ts';
import type { UsageHour } from '../../ledger/ports.ts';

/** A user with all of its keys; a key without a user stands for itself. */
export interface Person {
  /** null: a key without a user. */
  readonly userId: string | null;
  /** Oldest first. */
  readonly keys: readonly KeyProfile[];
  readonly hours: readonly UsageHour[];
}

/** Everybody who has a key, whether or not it was used. */
export const peopleOf = (
  profiles: readonly KeyProfile[],
  hours: readonly UsageHour[],
): readonly Person[] => {
  const byKey = Map.groupBy(hours, ({ keyId }) => keyId);
  const byName = Map.groupBy(
    profiles.toSorted((left, right) => left.createdAtMs - right.createdAtMs),
    ({ userId, keyId }) => (userId === null ? `key ${keyId}` : `user ${userId}`),
  );
  return [...byName.values()].map((keys) => ({
    userId: keys[0]?.userId ?? null,
    keys,
    hours: keys.flatMap(({ keyId }) => byKey.get(keyId) ?? []),
  }));
};

export const costOf = ({ hours }: Pick<Person, 'hours'>): bigint =>
  hours.reduce((sum, { total }) => sum + total.costNanoUsd, 0n);

/** A field of the cohort, as the newest key that has it says; '': none does. */
export const cohortOf = ({ keys }: Pick<Person, 'keys'>, name: string): string =>
  keys.findLast(({ cohort }) => cohort[name] !== undefined)?.cohort[name] ?? '';

/** Of several: the middle one, of two in the middle the lower. */
export const quantileOf = <T extends bigint | number>(
  values: readonly T[],
  share: number,
): T | null => {
  const sorted = values.toSorted((left, right) => (left < right ? -1 : left > right ? 1 : 0));
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? null;
};
