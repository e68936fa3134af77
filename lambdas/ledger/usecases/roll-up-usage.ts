import { AppError } from '../../shared/app-error.ts';
import type { Clock } from '../../shared/deps.ts';
import { crossedThresholds, type KeyChange, type LedgerChange } from '../domain/key-change.ts';
import { projectWarnings, type ProjectChange } from '../domain/project-warnings.ts';
import type { Settlement } from '../domain/usage.ts';
import type { UsageStore } from '../ports.ts';
import type { ProjectSpending, SpendEvent, SpendEvents } from '../ports/spend-events.ts';

/** Together longer than another teller's claim on an event. */
const TELL_TRIES_MAX = 12;
const TELL_PAUSE_MS = 1_000;

export interface RollUpDeps {
  readonly usage: UsageStore;
  readonly spendEvents: SpendEvents;
  readonly projects: ProjectSpending;
  readonly clock: Clock;
  readonly pause: (ms: number) => Promise<void>;
}

/** What became of a batch of changes. */
export interface RolledUp {
  /** Recorded now: none of them was there before. */
  readonly settled: readonly Settlement[];
  /** The first change that is not done; some after it may be. null: all are. */
  readonly failed: { readonly index: number; readonly error: unknown } | null;
}

/**
 * Records the usage event of each settlement once and reports every threshold that a change crossed. Safe to repeat.
 * Settlements of a key's hour are added to it together, and a project's counters are read once for all of its settlements.
 * null is a change that is of no interest.
 */
export const rollUpUsage = async (
  deps: RollUpDeps,
  changes: readonly (LedgerChange | null)[],
): Promise<RolledUp> => {
  const settlements = changes.flatMap((change) => settlementOf(change) ?? []);
  const recorded = await deps.usage.recordAll(settlements);
  const settled = settlements.filter((_, index) => {
    const outcome = recorded[index];
    return outcome?.status === 'fulfilled' && outcome.value;
  });
  const toldProjects = new Set<string>();
  let at = 0;
  for (const [index, change] of changes.entries()) {
    if (change === null) continue;
    const outcome = settlementOf(change) === null ? undefined : recorded[at++];
    if (outcome?.status === 'rejected')
      return { settled, failed: { index, error: outcome.reason } };
    try {
      await tellOf(deps, change, toldProjects);
    } catch (error) {
      return { settled, failed: { index, error } };
    }
  }
  return { settled, failed: null };
};

const settlementOf = (change: LedgerChange | null): Settlement | null =>
  change?.kind === 'key' ? change.settlement : null;

const tellOf = async (
  deps: RollUpDeps,
  change: LedgerChange,
  toldProjects: Set<string>,
): Promise<void> => {
  if (change.kind === 'key') await tellCrossed(deps, change);
  const project = change.kind === 'key' ? change.project : change;
  if (project === null) return;
  // Every settlement of the batch is in the counters by now: one look finds what all of them crossed.
  const { projectId, budget } = project;
  const name = JSON.stringify([projectId, budget?.epoch, budget?.window]);
  if (toldProjects.has(name)) return;
  await tellProject(deps, project);
  toldProjects.add(name);
};

const tellCrossed = async (deps: RollUpDeps, { before, after }: KeyChange): Promise<void> => {
  for (const threshold of crossedThresholds(before, after))
    await tell(deps, {
      kind: 'KeyCapWarned',
      keyId: after.keyId,
      projectId: after.projectId,
      window: after.window,
      threshold,
      capNanoUsd: after.capNanoUsd ?? 0,
      spentNanoUsd: after.spentNanoUsd,
    });
};

const tellProject = async (deps: RollUpDeps, change: ProjectChange): Promise<void> => {
  const { projectId } = change;
  const shards = await deps.projects.shards(projectId);
  for (const warning of projectWarnings(shards, change, deps.clock.nowMs()))
    await tell(deps, { kind: 'ProjectCapWarned', projectId, ...warning });
};

/** A teller that died leaves its claim for some seconds: the record waits for it, so that no event is lost. */
const tell = async (deps: RollUpDeps, event: SpendEvent): Promise<void> => {
  for (let tries = 0; tries < TELL_TRIES_MAX; tries++) {
    if ((await deps.spendEvents.tell(event)) === 'told') return;
    await deps.pause(TELL_PAUSE_MS);
  }
  throw new AppError({ code: 'storage_unavailable', publicMessage: 'An event stays claimed.' });
};
