import type { Item, Tables, Update } from '../../platform/tables/tables.ts';
import { AppError } from '../../shared/app-error.ts';
import {
  budgetOf,
  openWindow,
  packPart,
  projectRefusalOf,
  shardAsOf,
  spread,
  takingOf,
  unpackPart,
  type ProjectBudget,
  type ProjectShard,
  type Taking,
} from '../domain/project-cap.ts';
import {
  giveBackUpdate,
  levelUpdate,
  readShards,
  shardRollOver,
  takeUpdate,
  tightenUpdates,
} from './project-shard.ts';

/** What other calls do to the same items at the same moment is waited for so often. */
const TRIES_MAX = 14;
const PAUSE_MS_MAX = 60;
/** How long an instance goes by what it saw of the shards: only where it looks first depends on it. */
const SEEN_MS = 10_000;

export interface ProjectSpendDeps {
  readonly tables: Tables;
  readonly pause: (ms: number) => Promise<void>;
}

/** Money that a key's write takes from its project in the same transaction. */
export interface Take {
  readonly projectId: string;
  /** Of the call, whoever makes it. */
  readonly holdId: string;
  readonly amountNanoUsd: number;
  readonly nowMs: number;
  /** The key's write, with the part that it is to keep; null: the project has no cap (any more). */
  readonly keyUpdate: (part: string | null) => Update;
}

export type TakeOutcome =
  | { readonly kind: 'taken'; readonly part: string | null }
  /** The key's own condition failed on this item. */
  | { readonly kind: 'key_refused'; readonly item: Item | null }
  | {
      readonly kind: 'project_refused';
      readonly reason: 'exceeds_cap' | 'cap_exceeded' | 'in_flight';
      readonly project: ProjectBudget;
    };

/** The end of a hold that has a part of its project. */
export interface GiveBack {
  readonly projectId: string;
  readonly holdId: string;
  readonly part: string;
  readonly amountNanoUsd: number;
  readonly costNanoUsd: number;
  readonly keyUpdate: Update;
}

export type GiveBackOutcome =
  | { readonly kind: 'given_back' }
  | { readonly kind: 'key_refused'; readonly item: Item | null };

/**
 * The project's side of a hold. Each step is one transaction over the key's item and the project's: a part is taken with its
 * hold or not at all, and ends with it, whoever dies in between.
 */
export interface ProjectSpend {
  /**
   * Refuses for money only when a read of every shard finds less than is asked for, or when other calls of the project took
   * it first at every try. That read is no snapshot: while calls hold and settle, it may miss what has just come back.
   */
  take(take: Take): Promise<TakeOutcome>;
  giveBack(end: GiveBack): Promise<GiveBackOutcome>;
}

type Seen = Map<string, { readonly shards: readonly ProjectShard[]; readonly atMs: number }>;

export const projectSpend = (deps: ProjectSpendDeps): ProjectSpend => {
  const seen: Seen = new Map();
  return {
    take: async (asked) => await take(deps, seen, asked),
    giveBack: async (end) => await giveBack(deps, end),
  };
};

const take = async (deps: ProjectSpendDeps, seen: Seen, asked: Take): Promise<TakeOutcome> => {
  let shards = seenOf(seen, asked);
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const isFresh = shards === null;
    shards ??= await look(deps, seen, asked);
    const outcome = await attempt(deps, asked, shards, tries);
    if (outcome === 'conflict') {
      await deps.pause(pauseMs(asked.holdId, tries));
      continue;
    }
    if (outcome === 'short' && isFresh) return refusal(asked, shards);
    if (typeof outcome !== 'string') return outcome;
    shards = null;
  }
  return refusal(asked, await look(deps, seen, asked));
};

const seenOf = (seen: Seen, { projectId, nowMs }: Take): readonly ProjectShard[] | null => {
  const known = seen.get(projectId);
  return known === undefined || Math.abs(nowMs - known.atMs) > SEEN_MS ? null : known.shards;
};

/** A project without a cap is never remembered: it may have one with the next call. */
const look = async (
  { tables }: ProjectSpendDeps,
  seen: Seen,
  { projectId, nowMs }: Take,
): Promise<readonly ProjectShard[]> => {
  const shards = await readShards(tables, projectId);
  if (isOn(shards)) seen.set(projectId, { shards, atMs: nowMs });
  else seen.delete(projectId);
  return shards;
};

const isOn = (shards: readonly ProjectShard[]): boolean => shards[0]?.isOn === true;

/** `conflict`: others write to the same items; `short`: these shards have too little; `stale`: they are not like this any more. */
const attempt = async (
  deps: ProjectSpendDeps,
  asked: Take,
  shards: readonly ProjectShard[],
  tries: number,
): Promise<TakeOutcome | 'conflict' | 'short' | 'stale'> => {
  if (!isOn(shards)) return await takeNothing(deps, asked);
  const window = openWindow(shards, asked.nowMs);
  const open = shards.map((shard) => shardAsOf(shard, window));
  const taking = takingOf(open, asked.amountNanoUsd, spread(`${asked.holdId}${tries}`));
  if (taking.kind === 'short') return 'short';
  const used = taking.kind === 'all' ? open : taking.from.map(({ shard }) => shard);
  if (await rollOver(deps, asked.projectId, shards, used, window)) return 'stale';
  const [first] = used;
  if (first === undefined) return 'stale';
  const part = packPart({ shard: first.index, epoch: first.epoch, window });
  const writes = [asked.keyUpdate(part), ...shardUpdates(asked, taking, open)];
  const outcome = await deps.tables.transact(writes);
  if (outcome.kind === 'written') return { kind: 'taken', part };
  const [keyItem, ...shardItems] = outcome.items;
  if (keyItem !== undefined) return { kind: 'key_refused', item: keyItem };
  return shardItems.every((item) => item === undefined) ? 'conflict' : 'stale';
};

const takeNothing = async ({ tables }: ProjectSpendDeps, asked: Take): Promise<TakeOutcome> => {
  const outcome = await tables.write(asked.keyUpdate(null));
  return outcome.kind === 'written'
    ? { kind: 'taken', part: null }
    : { kind: 'key_refused', item: outcome.item };
};

/** Opens the window in the shards that are behind it; true: there were some. */
const rollOver = async (
  { tables }: ProjectSpendDeps,
  projectId: string,
  shards: readonly ProjectShard[],
  used: readonly ProjectShard[],
  window: string,
): Promise<boolean> => {
  const indexes = new Set(used.map(({ index }) => index));
  const behind = shards.filter((shard) => indexes.has(shard.index) && shard.window < window);
  await Promise.all(
    behind.map(async (shard) => await tables.write(shardRollOver(projectId, shard, window))),
  );
  return behind.length > 0;
};

const shardUpdates = (
  { projectId, amountNanoUsd }: Take,
  taking: Exclude<Taking, { kind: 'short' }>,
  shards: readonly ProjectShard[],
): readonly Update[] => {
  const heldBy = (index: number): number => (index === 0 ? amountNanoUsd : 0);
  return taking.kind === 'some'
    ? taking.from.map(({ shard, amountNanoUsd: takenNanoUsd }, index) =>
        takeUpdate({ projectId, shard, takenNanoUsd, heldNanoUsd: heldBy(index) }),
      )
    : shards.map((shard, index) =>
        levelUpdate({ projectId, shard, heldNanoUsd: heldBy(index) }, taking.available[index] ?? 0),
      );
};

const refusal = ({ projectId, amountNanoUsd, nowMs }: Take, shards: readonly ProjectShard[]) => {
  const project = budgetOf(projectId, shards, nowMs);
  if (project === null) throw busy();
  const reason = projectRefusalOf(project, amountNanoUsd) ?? 'in_flight';
  return { kind: 'project_refused', reason, project } as const;
};

const giveBack = async (deps: ProjectSpendDeps, end: GiveBack): Promise<GiveBackOutcome> => {
  const { projectId, amountNanoUsd, costNanoUsd } = end;
  const part = unpackPart(end.part);
  const back = [
    giveBackUpdate(projectId, part, amountNanoUsd, costNanoUsd),
    ...(costNanoUsd > amountNanoUsd ? tightenUpdates(projectId, part) : []),
  ];
  // The budget that the part was of may be over: then it has no one to go back to, and the key's side ends alone.
  let isOver = false;
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const outcome = await endBoth(deps, end.keyUpdate, isOver ? [] : back);
    if (outcome === null) return { kind: 'given_back' };
    const [keyItem, shardItem] = outcome;
    if (keyItem !== undefined) return { kind: 'key_refused', item: keyItem };
    isOver ||= shardItem !== undefined;
    if (!isOver) await deps.pause(pauseMs(end.holdId, tries));
  }
  throw busy();
};

/** null: written. */
const endBoth = async (
  { tables }: ProjectSpendDeps,
  keyUpdate: Update,
  back: readonly Update[],
): Promise<readonly (Item | null | undefined)[] | null> => {
  if (back.length === 0) {
    const outcome = await tables.write(keyUpdate);
    return outcome.kind === 'written' ? null : [outcome.item];
  }
  const outcome = await tables.transact([keyUpdate, ...back]);
  return outcome.kind === 'written' ? null : outcome.items;
};

/** Longer with each try, and different for each call. */
const pauseMs = (holdId: string, tries: number): number =>
  1 + (spread(`${holdId}${tries}`) % Math.min(PAUSE_MS_MAX, 8 * 2 ** tries));

const busy = (): AppError =>
  new AppError({ code: 'storage_unavailable', publicMessage: 'The project is too busy.' });
