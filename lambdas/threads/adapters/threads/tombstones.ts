import type { MessageStep } from '../../domain/thread.ts';
import type { RunPlace, ThreadPlace } from '../../domain/thread-ids.ts';
import type { Tables } from '../../../platform/tables/tables.ts';
import { stepOf, sweepShard } from './thread-items.ts';
import { metaKey, runKey, stepKey } from './thread-keys.ts';

const TRIES_MAX = 20;

/** The run's log stays for those who continued from it; no reader sees it as a response any more. */
export const hideRun = async (tables: Tables, run: RunPlace, nowMs: number): Promise<void> => {
  await tables.write({
    kind: 'update',
    table: 'threads',
    key: runKey(run),
    condition: 'attribute_exists(sk)',
    update: 'SET hidden_at = :now',
    values: { ':now': nowMs },
  });
};

/** The sweep erases the thread then; until then it is in no list. */
export const expireThread = async (
  tables: Tables,
  place: ThreadPlace,
  atMs: number,
): Promise<void> => {
  await tables.write({
    kind: 'update',
    table: 'threads',
    key: metaKey(place),
    condition: 'attribute_exists(pk) AND attribute_not_exists(deleted_at)',
    update: 'SET expires_at = :at, sweep_at = :at, sweep_shard = :shard REMOVE list_pk',
    values: { ':at': atMs, ':shard': sweepShard(place.threadId) },
  });
};

/** Marks blocks of a row as deleted; two who do so at once both do. false: there is no such row. */
export const removeBlocks = async (
  tables: Tables,
  place: ThreadPlace,
  { seq, step }: Pick<MessageStep, 'seq' | 'step'>,
  blocks: readonly number[],
): Promise<boolean> => {
  const key = stepKey(place, seq, step);
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const item = await tables.get('threads', key);
    if (item === null) return false;
    const { removed } = stepOf(item);
    const all = [...new Set([...removed, ...blocks])].toSorted((left, right) => left - right);
    const outcome = await tables.write({
      kind: 'update',
      table: 'threads',
      key,
      // The list only grows: one of the same length is the same.
      condition: removed.length === 0 ? 'attribute_not_exists(removed)' : 'size(removed) = :before',
      update: 'SET removed = :removed',
      values: { ':removed': all, ...(removed.length === 0 ? {} : { ':before': removed.length }) },
    });
    if (outcome.kind === 'written') return true;
  }
  throw new Error('a row of history changed twenty times while its blocks were removed');
};
