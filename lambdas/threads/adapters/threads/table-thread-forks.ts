import * as z from 'zod';
import { FORK_WRITES_AT_ONCE, FORK_WAIT_MS } from '../../domain/limits.ts';
import type { MessageStep, Thread } from '../../domain/thread.ts';
import type { ForkProgress, ForkStart, ThreadForks } from '../../ports/forks.ts';
import { itemKeyOf, type Item, type Tables } from '../../../platform/tables/tables.ts';
import { itemOfStep, itemOfThread, listSk, sweepShard, threadOf } from './thread-items.ts';
import { activityKey, metaKey, pointerKey } from './thread-keys.ts';

const forkItem = z.object({
  fork_hash: z.string().optional(),
  /** Seq of the origin that is copied; absent: the fork is whole. */
  copying: z.number().optional(),
  erasing: z.number().optional(),
  last_seq: z.number(),
  deleted_at: z.number().optional(),
});

/** What a copier may still write to. */
const IN_THE_MAKING = 'attribute_exists(copying) AND attribute_not_exists(erasing)';

/**
 * A fork in the making is a deleted thread: nobody reads, lists or writes it, and the sweep erases one that was given
 * up. Its last write makes it a thread.
 */
export const tableThreadForks = (tables: Tables): ThreadForks => ({
  begin: async (fork, bodyHash, nowMs) => {
    const made = await tables.write({
      kind: 'put',
      table: 'threads',
      key: metaKey(fork),
      condition: 'attribute_not_exists(pk)',
      item: draftOf(fork, bodyHash, nowMs),
    });
    if (made.kind === 'written') return { kind: 'begun', progress: { originSeq: 0, lastSeq: 0 } };
    return await begunBefore(tables, fork, bodyHash, nowMs);
  },
  copy: async (fork, steps, progress) => {
    for (let from = 0; from < steps.length; from += FORK_WRITES_AT_ONCE)
      await Promise.all(
        steps.slice(from, from + FORK_WRITES_AT_ONCE).map(async (step) => {
          await putStep(tables, fork, step);
        }),
      );
    return await advance(tables, fork, progress);
  },
  finish: async (fork) => {
    await tables.transact([
      {
        kind: 'update',
        table: 'threads',
        key: metaKey(fork),
        condition: IN_THE_MAKING,
        update:
          'SET last_seq = :seq, list_pk = :pk, list_sk = :sk REMOVE deleted_at, copying, sweep_shard, sweep_at',
        values: {
          ':seq': fork.lastSeq,
          ':pk': activityKey(fork),
          ':sk': listSk(fork.lastActiveAtMs, fork.threadId),
        },
      },
      {
        kind: 'put',
        table: 'threads',
        key: pointerKey(fork.projectId, fork.threadId),
        item: { ...pointerKey(fork.projectId, fork.threadId), user: fork.endUserId },
      },
    ]);
  },
});

const draftOf = (fork: Thread, bodyHash: string, nowMs: number): Item => {
  const { list_pk: _pk, list_sk: _sk, ...item } = itemOfThread(fork);
  return {
    ...item,
    fork_hash: bodyHash,
    copying: 0,
    deleted_at: nowMs,
    sweep_shard: sweepShard(fork.threadId),
    sweep_at: nowMs + FORK_WAIT_MS,
  };
};

const begunBefore = async (
  tables: Tables,
  fork: Thread,
  bodyHash: string,
  nowMs: number,
): Promise<ForkStart> => {
  const item = await tables.get('threads', metaKey(fork));
  if (item === null) return { kind: 'given_up' };
  const stored = forkItem.parse(item);
  if (stored.fork_hash !== bodyHash) return { kind: 'reused' };
  if (stored.copying === undefined)
    return stored.deleted_at === undefined
      ? { kind: 'whole', thread: threadOf(fork, item) }
      : { kind: 'deleted' };
  const kept = await tables.write({
    kind: 'update',
    table: 'threads',
    key: metaKey(fork),
    condition: IN_THE_MAKING,
    update: 'SET sweep_at = :later',
    values: { ':later': nowMs + FORK_WAIT_MS },
  });
  return kept.kind === 'refused'
    ? { kind: 'given_up' }
    : { kind: 'begun', progress: { originSeq: stored.copying, lastSeq: stored.last_seq } };
};

/** The same row whoever copies it, so writing it twice is writing it once. */
const putStep = async (tables: Tables, fork: Thread, step: MessageStep): Promise<void> => {
  const item = itemOfStep(fork, step);
  const key = itemKeyOf(item);
  await tables.write({ kind: 'put', table: 'threads', key, item });
};

const advance = async (tables: Tables, fork: Thread, progress: ForkProgress): Promise<boolean> => {
  const outcome = await tables.write({
    kind: 'update',
    table: 'threads',
    key: metaKey(fork),
    condition: IN_THE_MAKING,
    update: 'SET copying = :origin, last_seq = :seq',
    values: { ':origin': progress.originSeq, ':seq': progress.lastSeq },
  });
  return outcome.kind === 'written';
};
