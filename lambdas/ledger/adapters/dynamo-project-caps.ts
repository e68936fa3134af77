import type { Tables, Write } from '../../platform/tables/tables.ts';
import { AppError } from '../../shared/app-error.ts';
import { microsFloorFromNanoUsd } from '../../shared/money.ts';
import type { Period } from '../domain/key.ts';
import { allotmentsOf, budgetOf, CAP_SUBJECT, type ProjectShard } from '../domain/project-cap.ts';
import { windowOf } from '../domain/window.ts';
import type { ProjectCap, ProjectCaps } from '../ports/project-caps.ts';
import { bindingOf, bindingPut, bindKeys, type Binding } from './bind-keys.ts';
import { auditWrite } from './dynamo-project-settings.ts';
import { keyPut, keyUpdate } from './key-update.ts';
import { readShards, shardKey, shardRow } from './project-shard.ts';

/** All shards change together, which waits for the calls that write to one of them. */
const TRIES_MAX = 30;
const PAUSE_MS_MAX = 80;

export interface ProjectCapsDeps {
  readonly tables: Tables;
  readonly pause: (ms: number) => Promise<void>;
  readonly nowMs: () => number;
}

/** Caps of projects on their shards: a change of one is one transaction over all. */
export const dynamoProjectCaps = (deps: ProjectCapsDeps): ProjectCaps => ({
  get: async (projectId, nowMs) => await get(deps, projectId, nowMs),
  set: async (projectId, cap, by) => {
    await change(deps, projectId, by, (shards) =>
      cap === null ? closed(shards, by.nowMs) : opened(shards, cap, by.nowMs),
    );
    return await get(deps, projectId, by.nowMs);
  },
  bind: async (projectId, untilMs) => await bindKeys(deps, projectId, untilMs),
});

const get = async (
  { tables }: ProjectCapsDeps,
  projectId: string,
  nowMs: number,
): Promise<ProjectCap> => {
  const [shards, binding] = await Promise.all([
    readShards(tables, projectId),
    bindingOf(tables, projectId),
  ]);
  return { projectId, budget: budgetOf(projectId, shards, nowMs), isBound: binding === null };
};

/** What the shards become. */
interface Next {
  readonly shards: readonly ProjectShard[];
  /** Another budget, in which no call before it counts. */
  readonly isAnew: boolean;
  /** What the keys are to be told; null: nothing. */
  readonly binding: Binding | null;
}

/** null: there is no cap. */
const closed = (shards: readonly ProjectShard[], nowMs: number): Next | null => {
  const [first] = shards;
  if (first?.isOn !== true) return null;
  return {
    shards: shards.map((shard) => ({ ...shard, isOn: false, revision: shard.revision + 1 })),
    isAnew: false,
    binding: { epoch: first.epoch, isOn: false, sinceMs: nowMs, cursor: null },
  };
};

interface NewCap {
  readonly capNanoUsd: number;
  readonly period: Period;
}

const opened = (shards: readonly ProjectShard[], cap: NewCap, nowMs: number): Next => {
  const allotments = allotmentsOf(cap.capNanoUsd);
  const [first] = shards;
  const isOn = first?.isOn === true;
  if (isOn && first.period === cap.period)
    return {
      shards: shards.map((shard, index) => ({
        ...shard,
        revision: shard.revision + 1,
        capNanoUsd: cap.capNanoUsd,
        allottedNanoUsd: allotments[index] ?? 0,
      })),
      isAnew: false,
      binding: null,
    };
  const epoch = (first?.epoch ?? 0) + 1;
  return {
    shards: allotments.map((allottedNanoUsd, index) => ({
      index,
      isOn: true,
      revision: (first?.revision ?? 0) + 1,
      epoch,
      capNanoUsd: cap.capNanoUsd,
      period: cap.period,
      window: windowOf(cap.period, nowMs),
      allottedNanoUsd,
      availableNanoUsd: allottedNanoUsd,
      spentNanoUsd: 0,
      heldNanoUsd: 0,
      before: null,
      spentAtChangeNanoUsd: 0,
      isTight: false,
    })),
    isAnew: true,
    binding: isOn ? null : { epoch, isOn: true, sinceMs: nowMs, cursor: null },
  };
};

const change = async (
  { tables, pause }: ProjectCapsDeps,
  projectId: string,
  by: ChangedBy,
  nextOf: (shards: readonly ProjectShard[]) => Next | null,
): Promise<void> => {
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const shards = await readShards(tables, projectId);
    const next = nextOf(shards);
    if (next === null) return;
    const outcome = await tables.transact([
      ...changeWrites(projectId, shards, next),
      changeRecord(projectId, by, shards, next),
    ]);
    if (outcome.kind === 'written') return;
    await pause(1 + ((tries * 37) % PAUSE_MS_MAX));
  }
  throw new AppError({
    code: 'storage_unavailable',
    publicMessage: 'The project is too busy: its cap is as it was. Try again.',
  });
};

interface ChangedBy {
  readonly keyId: string;
  readonly nowMs: number;
}

const changeRecord = (
  projectId: string,
  { keyId, nowMs }: ChangedBy,
  before: readonly ProjectShard[],
  { shards: [first] }: Next,
): Write => {
  const isOn = first?.isOn === true;
  const wasOn = before[0]?.isOn === true;
  return auditWrite({
    projectId,
    audit: {
      byKeyId: keyId,
      subject: CAP_SUBJECT,
      action: isOn ? (wasOn ? 'changed' : 'created') : 'removed',
      value: isOn
        ? { cap_micros: microsFloorFromNanoUsd(first.capNanoUsd), period: first.period }
        : null,
    },
    atMs: nowMs,
  });
};

const changeWrites = (
  projectId: string,
  before: readonly ProjectShard[],
  next: Next,
): readonly Write[] => [
  ...next.shards.map((shard, index) => {
    const known = before[index];
    return next.isAnew || known === undefined
      ? newShard(projectId, known ?? null, shard)
      : changedShard(projectId, known, shard, isLess(before, next));
  }),
  ...(next.binding === null ? [] : [bindingPut(projectId, next.binding)]),
];

/** What is taken from one shard may be owed by another: nobody takes from any before all are counted. */
const isLess = (before: readonly ProjectShard[], { shards }: Next): boolean =>
  shards.some(
    ({ allottedNanoUsd }, index) => allottedNanoUsd < (before[index]?.allottedNanoUsd ?? 0),
  );

const newShard = (projectId: string, before: ProjectShard | null, shard: ProjectShard): Write =>
  keyPut(
    shardKey(projectId, shard.index),
    shardRow(projectId, shard),
    before === null
      ? { condition: 'attribute_not_exists(pk)' }
      : { condition: 'revision = :revision', values: { ':revision': before.revision } },
  );

const changedShard = (
  projectId: string,
  before: ProjectShard,
  shard: ProjectShard,
  isTight: boolean,
): Write =>
  keyUpdate({
    key: shardKey(projectId, shard.index),
    condition: 'revision = :revision',
    update: `SET is_on = :on, revision = :next, cap = :cap, allotted = :allotted, available = available + :more, spent_at_change = spent${isTight ? ', tight = :tight' : ''}`,
    names: {},
    values: {
      ':revision': before.revision,
      ':on': shard.isOn,
      ':next': shard.revision,
      ':cap': shard.capNanoUsd,
      ':allotted': shard.allottedNanoUsd,
      ':more': shard.allottedNanoUsd - before.allottedNanoUsd,
      ...(isTight ? { ':tight': true } : {}),
    },
  });
