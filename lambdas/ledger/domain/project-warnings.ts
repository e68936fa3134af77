import { KEY_DEFAULTS } from './key.ts';
import { openWindow, sumOf, type ProjectShard } from './project-cap.ts';

/** Shares of a project's cap that are told. */
const WARN_AT = KEY_DEFAULTS.warnAt;

/** What may have crossed a share of a project's cap. */
export interface ProjectChange {
  readonly projectId: string;
  /** Of a settlement, the budget that it was counted in; null: the cap was changed. */
  readonly budget: { readonly epoch: number; readonly window: string } | null;
}

export interface ProjectWarning {
  readonly threshold: number;
  readonly epoch: number;
  readonly period: ProjectShard['period'];
  readonly window: string;
  readonly capNanoUsd: number;
  readonly spentNanoUsd: number;
  /** Less was spent when the cap was last changed: a share that was reported of a lower cap is crossed again. */
  readonly isCrossedAnew: boolean;
}

/**
 * Shares of the cap that are spent in one window, all of one revision of the cap. What is spent only grows, so that a read
 * of one shard after the other finds what was settled before it, and never more than there is after it.
 */
export const projectWarnings = (
  shards: readonly ProjectShard[],
  { budget }: ProjectChange,
  nowMs: number,
): readonly ProjectWarning[] => {
  const [first] = shards;
  // Nobody goes by a budget that is over.
  if (first?.isOn !== true || (budget !== null && budget.epoch !== first.epoch)) return [];
  const { epoch, period, capNanoUsd } = first;
  const window = budget?.window ?? openWindow(shards, nowMs);
  const spentNanoUsd = sumOf(shards, (shard) => spentIn(shard, window));
  if (spentNanoUsd === 0) return [];
  const atChangeNanoUsd = sumOf(shards, (shard) => shard.spentAtChangeNanoUsd);
  return WARN_AT.filter((share) => spentNanoUsd >= share * capNanoUsd).map((threshold) => ({
    threshold,
    epoch,
    period,
    window,
    capNanoUsd,
    spentNanoUsd,
    isCrossedAnew: atChangeNanoUsd < threshold * capNanoUsd,
  }));
};

const spentIn = ({ window, spentNanoUsd, before }: ProjectShard, asked: string): number => {
  if (window === asked) return spentNanoUsd;
  return before?.window === asked ? before.spentNanoUsd : 0;
};
