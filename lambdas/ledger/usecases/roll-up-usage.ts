import { AppError } from '../../shared/app-error.ts';
import { crossedThresholds, type KeyChange } from '../domain/key-change.ts';
import type { SpendEvent, SpendEvents, UsageStore } from '../ports.ts';

/** Together longer than another teller's claim on an event. */
const TELL_TRIES_MAX = 12;
const TELL_PAUSE_MS = 1_000;

export interface RollUpDeps {
  readonly usage: UsageStore;
  readonly spendEvents: SpendEvents;
  readonly pause: (ms: number) => Promise<void>;
}

/**
 * Records the usage event once and reports every threshold that this change crossed. Safe to repeat;
 * false: there was no event to record, or it was there already.
 */
export const rollUpUsage = async (deps: RollUpDeps, change: KeyChange): Promise<boolean> => {
  const isNew = change.settlement !== null && (await deps.usage.record(change.settlement));
  for (const threshold of crossedThresholds(change.before, change.after))
    await tell(deps, {
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

/** A teller that died leaves its claim for some seconds: the record waits for it, so that no event is lost. */
const tell = async (deps: RollUpDeps, event: SpendEvent): Promise<void> => {
  for (let tries = 0; tries < TELL_TRIES_MAX; tries++) {
    if ((await deps.spendEvents.tell(event)) === 'told') return;
    await deps.pause(TELL_PAUSE_MS);
  }
  throw new AppError({ code: 'storage_unavailable', publicMessage: 'An event stays claimed.' });
};
