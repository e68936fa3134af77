import type { KeyState } from './key.ts';
import type { ProjectChange } from './project-warnings.ts';
import type { Settlement } from './usage.ts';

/** One write on a key as the Keys stream shows it. */
export interface KeyChange {
  /** null: an administrator's change, which settles nothing but may cross a threshold by its new cap. */
  readonly settlement: Settlement | null;
  readonly before: KeyState;
  readonly after: KeyState;
  /** The budget of the key's project that the settlement was counted in; null: none. */
  readonly project: ProjectChange | null;
}

/** One record of the Keys stream. */
export type LedgerChange =
  | ({ readonly kind: 'key' } & KeyChange)
  | ({ readonly kind: 'project_cap' } & ProjectChange);

/** Shares of the cap that the spend was below and is at or above now, in one window, each by the cap of its time. */
export const crossedThresholds = (before: KeyState, after: KeyState): readonly number[] =>
  before.window === after.window
    ? after.warnAt.filter((share) => !isReached(before, share) && isReached(after, share))
    : [];

const isReached = ({ capNanoUsd, spentNanoUsd }: KeyState, share: number): boolean =>
  capNanoUsd !== null && spentNanoUsd > 0 && spentNanoUsd >= share * capNanoUsd;
