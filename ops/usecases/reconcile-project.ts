import {
  PROJECT_SHARDS,
  shardAsOf,
  sumOf,
  type ProjectShard,
} from '../../lambdas/ledger/domain/project-cap.ts';
import type { LedgerAudit } from '../ports.ts';
import { eachBounded } from './each-bounded.ts';

/** Calls hold and settle while the counters and the keys are read, one after the other. */
const LOOKS_MAX = 4;
const PAUSE_MS = 1_500;
const KEYS_AT_ONCE_MAX = 8;

export interface ReconcileProjectDeps {
  readonly audit: Pick<LedgerAudit, 'shards' | 'keyIds' | 'parts'>;
  readonly pause: (ms: number) => Promise<void>;
}

export interface ProjectReport {
  readonly project_id: string;
  readonly window: string;
  readonly cap_nano_usd: number;
  readonly spent_nano_usd: number;
  readonly held_nano_usd: number;
  /** What the keys say that they hold of it. */
  readonly held_by_keys_nano_usd: number;
  readonly wrong: readonly string[];
  /** false: it was in use whenever it was looked at, so that its sums were of no one moment. */
  readonly is_checked: boolean;
  readonly is_clean: boolean;
}

/**
 * Compares the counters of a project's cap with each other and with what its keys hold of it. What was spent of it before
 * its cap was set is in no counter, so that it is not compared with usage. null: the project has no cap.
 */
export const reconcileProject = async (
  deps: ReconcileProjectDeps,
  projectId: string,
): Promise<ProjectReport | null> => {
  let report: ProjectReport | null = null;
  for (let looks = 0; looks < LOOKS_MAX; looks++) {
    if (looks > 0) await deps.pause(PAUSE_MS);
    const before = await deps.audit.shards(projectId);
    if (before[0]?.isOn !== true) return null;
    const heldByKeys = await heldOf(deps, projectId, before);
    const after = await deps.audit.shards(projectId);
    const isStill = JSON.stringify(before) === JSON.stringify(after);
    report = reportOf(projectId, after, heldByKeys, isStill);
    if (isStill && report.is_clean) return report;
  }
  return report;
};

const newest = (shards: readonly ProjectShard[]): string =>
  shards.reduce((latest, { window }) => (window > latest ? window : latest), '');

const heldOf = async (
  { audit }: ReconcileProjectDeps,
  projectId: string,
  shards: readonly ProjectShard[],
): Promise<number> => {
  const [epoch, window] = [shards[0]?.epoch, newest(shards)];
  let held = 0;
  await eachBounded(await audit.keyIds(projectId), KEYS_AT_ONCE_MAX, async (keyId) => {
    for (const { part, amountNanoUsd } of await audit.parts(keyId))
      if (part.epoch === epoch && part.window === window) held += amountNanoUsd;
  });
  return held;
};

const reportOf = (
  projectId: string,
  shards: readonly ProjectShard[],
  heldByKeys: number,
  isStill: boolean,
): ProjectReport => {
  const [first] = shards;
  const window = newest(shards);
  const cap = first?.capNanoUsd ?? 0;
  const open = shards.map((shard) => shardAsOf(shard, window));
  const spent = sumOf(open, (shard) => shard.spentNanoUsd);
  const held = sumOf(open, (shard) => shard.heldNanoUsd);
  const available = sumOf(open, (shard) => shard.availableNanoUsd);
  const isOne = (['revision', 'epoch', 'capNanoUsd', 'period', 'isOn'] as const).every((name) =>
    shards.every((shard) => shard[name] === first?.[name]),
  );
  const wrong = [
    ...(shards.length === PROJECT_SHARDS
      ? []
      : [`${shards.length} of ${PROJECT_SHARDS} counters are there`]),
    ...(isOne ? [] : ['the counters are not of one cap']),
    ...(sumOf(shards, (shard) => shard.allottedNanoUsd) === cap
      ? []
      : ['what a window gives the counters is not the cap']),
    ...(available === cap - spent - held ? [] : ['available is not cap - spent - held']),
    ...(held === heldByKeys ? [] : ['the counters and the keys do not hold the same']),
  ];
  return {
    project_id: projectId,
    window,
    cap_nano_usd: cap,
    spent_nano_usd: spent,
    held_nano_usd: held,
    held_by_keys_nano_usd: heldByKeys,
    wrong: isStill ? wrong : [],
    is_checked: isStill,
    is_clean: !isStill || wrong.length === 0,
  };
};
