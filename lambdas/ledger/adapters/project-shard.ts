import * as z from 'zod';
import type { Item, ItemKey, Tables, Write } from '../../platform/tables/tables.ts';
import { AppError } from '../../shared/app-error.ts';
import {
  PROJECT_SHARDS,
  spread,
  type ProjectPart,
  type ProjectShard,
} from '../domain/project-cap.ts';
import { keyUpdate, type KeyUpdate } from './key-update.ts';

const shardItem = z.object({
  project_shard: z.number(),
  is_on: z.boolean(),
  revision: z.number(),
  epoch: z.number(),
  cap: z.number(),
  period: z.enum(['lifetime', 'day', 'week', 'month']),
  window: z.string(),
  allotted: z.number(),
  available: z.number(),
  spent: z.number(),
  held: z.number(),
  /** Absent until the first window ends, and until the cap is changed. */
  last_window: z.string().optional(),
  last_spent: z.number().optional(),
  spent_at_change: z.number().optional(),
  tight: z.boolean().optional(),
});

/** A partition of its own each: one partition takes 1,000 writes a second, whatever its sort keys are. */
export const shardKey = (projectId: string, index: number): ItemKey => ({
  pk: `PROJECT#${projectId}#SHARD#${index}`,
  sk: 'CAP',
});

const INDEXES: readonly number[] = Array.from({ length: PROJECT_SHARDS }, (_, index) => index);

/**
 * Every shard, read one by one: no snapshot. None: the project never had a cap, or some were read before its first one was
 * set and some after.
 */
export const readShards = async (
  tables: Pick<Tables, 'get'>,
  projectId: string,
): Promise<readonly ProjectShard[]> => {
  const shards = await presentShards(tables, projectId);
  return shards.length === PROJECT_SHARDS ? shards : [];
};

/** Those that are there. */
export const presentShards = async (
  tables: Pick<Tables, 'get'>,
  projectId: string,
): Promise<readonly ProjectShard[]> => {
  const items = await Promise.all(
    INDEXES.map(async (index) => await tables.get('keys', shardKey(projectId, index))),
  );
  return items.flatMap((item) => (item === null ? [] : [projectShardOf(item)]));
};

/** Reads of shards that a change of the cap came in between. */
const READS_MAX = 5;

/** As `readShards`, all as one change of the cap left them. */
export const readSameShards = async (
  tables: Pick<Tables, 'get'>,
  projectId: string,
): Promise<readonly ProjectShard[]> => {
  for (let reads = 0; reads < READS_MAX; reads++) {
    const shards = await readShards(tables, projectId);
    if (shards.every(({ revision }) => revision === shards[0]?.revision)) return shards;
  }
  throw new AppError({
    code: 'storage_unavailable',
    publicMessage: 'The cap of the project changes again and again.',
  });
};

export const projectShardOf = (item: Item): ProjectShard => {
  const read = shardItem.parse(item);
  return {
    index: read.project_shard,
    isOn: read.is_on,
    revision: read.revision,
    epoch: read.epoch,
    capNanoUsd: read.cap,
    period: read.period,
    window: read.window,
    allottedNanoUsd: read.allotted,
    availableNanoUsd: read.available,
    spentNanoUsd: read.spent,
    heldNanoUsd: read.held,
    before:
      read.last_window === undefined
        ? null
        : { window: read.last_window, spentNanoUsd: read.last_spent ?? 0 },
    spentAtChangeNanoUsd: read.spent_at_change ?? 0,
    isTight: read.tight === true,
  };
};

/** The one shard that a new key asks whether its project has a cap: all of them change together. */
export const askedShardKey = (projectId: string, keyId: string): ItemKey =>
  shardKey(projectId, spread(keyId) % PROJECT_SHARDS);

/** Refuses the transaction when the cap was set or removed since this shard was read. */
export const shardUnchanged = (key: ItemKey, shard: ProjectShard | null): Write =>
  shard?.isOn === true
    ? {
        kind: 'check',
        table: 'keys',
        key,
        condition: 'is_on = :true AND epoch = :epoch',
        values: { ':true': true, ':epoch': shard.epoch },
      }
    : {
        kind: 'check',
        table: 'keys',
        key,
        condition: 'attribute_not_exists(pk) OR is_on = :false',
        values: { ':false': false },
      };

/** What a key of a project with a cap carries: its holds' parts. A key without it takes nothing from its project. */
export const boundKey = ({ epoch }: ProjectShard) => ({ project_epoch: epoch, project_holds: {} });

interface Taken {
  readonly projectId: string;
  readonly shard: ProjectShard;
  /** The whole hold is counted in the first shard. */
  readonly heldNanoUsd: number;
}

const NAMES = { '#window': 'window' } as const;
const IN_BUDGET = 'is_on = :true AND epoch = :epoch AND #window = :window';

/** Takes money of a shard that has it. */
export const takeUpdate = ({
  projectId,
  shard,
  takenNanoUsd,
  heldNanoUsd,
}: Taken & { readonly takenNanoUsd: number }): KeyUpdate =>
  keyUpdate({
    key: shardKey(projectId, shard.index),
    condition: `${IN_BUDGET} AND available >= :taken AND attribute_not_exists(tight)`,
    update: 'SET available = available - :taken, held = held + :held',
    names: NAMES,
    values: {
      ...budgetValues(shard),
      ':taken': takenNanoUsd,
      ':held': heldNanoUsd,
    },
  });

/** Sets what a shard has left, on condition that it has what was seen when all of them were counted. */
export const levelUpdate = (taken: Taken, availableNanoUsd: number): KeyUpdate =>
  keyUpdate({
    key: shardKey(taken.projectId, taken.shard.index),
    condition: `${IN_BUDGET} AND available = :seen`,
    update: 'SET available = :available, held = held + :held REMOVE tight',
    names: NAMES,
    values: {
      ...budgetValues(taken.shard),
      ':seen': taken.shard.availableNanoUsd,
      ':available': availableNanoUsd,
      ':held': taken.heldNanoUsd,
    },
  });

const budgetValues = ({ epoch, window }: ProjectShard) => ({
  ':true': true,
  ':epoch': epoch,
  ':window': window,
});

/** Gives back what a call did not use. Whether the cap is still on does not matter to money that was taken under it. */
export const giveBackUpdate = (
  projectId: string,
  part: ProjectPart,
  amountNanoUsd: number,
  costNanoUsd: number,
): KeyUpdate => {
  const isOwed = costNanoUsd > amountNanoUsd;
  return keyUpdate({
    key: shardKey(projectId, part.shard),
    condition: 'epoch = :epoch AND #window = :window',
    update: `SET available = available + :rest, spent = spent + :cost, held = held - :held${isOwed ? ', tight = :tight' : ''}`,
    names: NAMES,
    values: {
      ':epoch': part.epoch,
      ':window': part.window,
      ':rest': amountNanoUsd - costNanoUsd,
      ':cost': costNanoUsd,
      ':held': amountNanoUsd,
      ...(isOwed ? { ':tight': true } : {}),
    },
  });
};

/** The other shards learn that one owes more than it has. */
export const tightenUpdates = (projectId: string, part: ProjectPart): readonly KeyUpdate[] =>
  INDEXES.filter((index) => index !== part.shard).map((index) =>
    keyUpdate({
      key: shardKey(projectId, index),
      condition: 'epoch = :epoch',
      update: 'SET tight = :tight',
      names: {},
      values: { ':epoch': part.epoch, ':tight': true },
    }),
  );

/** Opens a later window of a shard; never an earlier one. What another shard owes may be of the later one already. */
export const shardRollOver = (projectId: string, shard: ProjectShard, window: string): KeyUpdate =>
  keyUpdate({
    key: shardKey(projectId, shard.index),
    condition: 'epoch = :epoch AND #window < :window',
    update:
      'SET last_window = #window, last_spent = spent, #window = :window, available = allotted, spent = :zero, held = :zero',
    names: NAMES,
    values: { ':epoch': shard.epoch, ':window': window, ':zero': 0 },
  });

/** A shard as the first cap of its project makes it, or as a new budget leaves it. */
export const shardRow = (projectId: string, shard: ProjectShard): Item => ({
  project_id: projectId,
  project_shard: shard.index,
  is_on: shard.isOn,
  revision: shard.revision,
  epoch: shard.epoch,
  cap: shard.capNanoUsd,
  period: shard.period,
  window: shard.window,
  allotted: shard.allottedNanoUsd,
  available: shard.availableNanoUsd,
  spent: shard.spentNanoUsd,
  held: shard.heldNanoUsd,
});
