import type { KeyState } from '../domain/key.ts';
import type { Settlement } from '../domain/usage.ts';
import type { SpendEvents, UsageStore } from '../ports.ts';

export interface RollUpDeps {
  readonly usage: UsageStore;
  readonly spendEvents: SpendEvents;
}

/** One settle or expire as the Keys stream shows it. */
export interface SettledChange {
  readonly settlement: Settlement;
  readonly before: KeyState;
  readonly after: KeyState;
}

/**
 * Records the usage event once and tells every threshold that this settlement crossed. Safe to repeat;
 * false: the event was there already.
 */
export const rollUpUsage = async (deps: RollUpDeps, change: SettledChange): Promise<boolean> => {
  const isNew = await deps.usage.record(change.settlement);
  for (const threshold of crossedThresholds(change.before, change.after))
    await deps.spendEvents.tell({
      kind: 'KeyCapWarned',
      keyId: change.after.keyId,
      projectId: change.after.projectId,
      window: change.after.window,
      threshold,
      capNanoUsd: change.after.capNanoUsd ?? 0,
      spentNanoUsd: change.after.spentNanoUsd,
    });
  return isNew;
};

/** Shares of the cap with the old spend below and the new spend at or above, in one window. */
export const crossedThresholds = (before: KeyState, after: KeyState): readonly number[] => {
  const cap = after.capNanoUsd;
  if (cap === null || before.window !== after.window) return [];
  return after.warnAt.filter(
    (share) => before.spentNanoUsd < share * cap && after.spentNanoUsd >= share * cap,
  );
};
