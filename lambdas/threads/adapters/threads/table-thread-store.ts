import type { RunPlace, ThreadPlace } from '../../domain/thread-ids.ts';
import type { Thread } from '../../domain/thread.ts';
import type { ThreadStore } from '../../ports/store.ts';
import { itemKeyOf, type Tables } from '../../../platform/tables/tables.ts';
import { cancelRun, endRun } from './end-run.ts';
import { listThreads } from './list-threads.ts';
import { appendMessages, openTurn } from './open-turn.ts';
import { patchThread } from './patch-thread.ts';
import { history } from './read-history.ts';
import { recordOf } from './request-items.ts';
import { handOver, recordStep, renewLease, startRun } from './run-lease.ts';
import { sweepDue } from './sweep-due.ts';
import { takeTurns } from './take-turns.ts';
import { itemOfThread, runOf, sweepShard, sweepShards, threadOf } from './thread-items.ts';
import { metaKey, pointerKey, requestKey, runKey, runPlaceOf } from './thread-keys.ts';
import { expireThread, hideRun, removeBlocks } from './tombstones.ts';
import { putToolAnswer, readToolAnswer, wakeRun } from './tool-results.ts';
import type { Timers } from '../../../shared/deps.ts';

export interface ThreadStoreDeps {
  readonly tables: Tables;
  readonly timers: Timers;
  /** 0 <= x < 1: how long a lost race waits before the next try. */
  readonly random: () => number;
}

/** Threads on conditional writes and transactions of two tables. */
export const tableThreadStore = (deps: ThreadStoreDeps): ThreadStore => {
  const { tables } = deps;
  const opening = { ...deps, takeTurns: takeTurns() };
  return {
    create: async (thread) => await createThread(tables, thread),
    get: async (place) => await threadAt(tables, place),
    whose: async (projectId, threadId) => await whoseThread(tables, projectId, threadId),
    list: async (query) => await listThreads(tables, query),
    patch: async (place, patch) => await patchThread(tables, place, patch),
    remove: async (place, nowMs) => await removeThread(tables, place, nowMs),
    latestRuns: async (place) => {
      const item = await tables.get('threads', metaKey(place));
      if (item === null) return null;
      const { activeRun, lastRun, deletedAtMs } = threadOf(place, item);
      return deletedAtMs === null ? { activeRun, lastRun } : null;
    },
    activeRunOf: async (place) => {
      const item = await tables.get('threads', metaKey(place));
      return item === null ? null : threadOf(place, item).activeRun;
    },
    turnOf: async (place, requestId) => {
      const item = await tables.get('threads', requestKey(place, requestId));
      if (item === null) return null;
      const record = recordOf(item);
      return record.expiresAtMs > deps.timers.nowMs() ? record : null;
    },
    openTurn: async (turn) => await openTurn(opening, turn),
    append: async (place, record, steps) => await appendMessages(opening, place, record, steps),
    run: async (run) => {
      const item = await tables.get('threads', runKey(run));
      return item === null ? null : runOf(run, item);
    },
    startRun: async (run, writer, nowMs) => await startRun(tables, run, writer, nowMs),
    renewLease: async (run, writer, nowMs) => await renewLease(tables, run, writer, nowMs),
    recordStep: async (run, writer, record) => await recordStep(tables, run, writer, record),
    handOver: async (...args) => await handOver(tables, ...args),
    endRun: async (run, writer, end) => await endRun(deps, run, writer, end),
    settled: async (run) => await settled(tables, run),
    cancelRun: async (run, nowMs) => await cancelRun(tables, run, nowMs),
    putToolAnswer: async (run, toolUseId, answer, nowMs) =>
      await putToolAnswer(tables, run, toolUseId, answer, nowMs),
    toolAnswer: async (run, toolUseId) => await readToolAnswer(tables, run, toolUseId),
    wakeRun: async (run, nowMs) => await wakeRun(tables, run, nowMs),
    runsToSweep: async (nowMs, limit) =>
      (await sweepDue(tables, sweepShards(), nowMs, limit))
        .map(runPlaceOf)
        .filter((place) => place !== null)
        .slice(0, limit),
    sweepLater: async (run, nextMs) => await sweepLater(tables, run, nextMs),
    hideRun: async (run, nowMs) => await hideRun(tables, run, nowMs),
    expire: async (place, atMs) => await expireThread(tables, place, atMs),
    removeBlocks: async (...args) => await removeBlocks(tables, ...args),
    history: async (place, query) => await history(tables, place, query),
  };
};

const createThread = async (tables: Tables, thread: Thread): Promise<boolean> => {
  const pointer = { ...pointerKey(thread.projectId, thread.threadId), user: thread.endUserId };
  const outcome = await tables.transact(
    [itemOfThread(thread), pointer].map((item) => ({
      kind: 'put' as const,
      table: 'threads' as const,
      key: itemKeyOf(item),
      condition: 'attribute_not_exists(pk)',
      item,
    })),
  );
  return outcome.kind === 'written';
};

const threadAt = async (tables: Tables, place: ThreadPlace): Promise<Thread | null> => {
  const item = await tables.get('threads', metaKey(place));
  if (item === null) return null;
  const thread = threadOf(place, item);
  return thread.deletedAtMs === null ? thread : null;
};

const whoseThread = async (
  tables: Tables,
  projectId: string,
  threadId: string,
): Promise<ThreadPlace | null> => {
  const item = await tables.get('threads', pointerKey(projectId, threadId));
  if (item === null) return null;
  const user = item['user'];
  return { projectId, endUserId: typeof user === 'string' ? user : null, threadId };
};

const removeThread = async (
  tables: Tables,
  place: ThreadPlace,
  nowMs: number,
): Promise<boolean> => {
  const outcome = await tables.write({
    kind: 'update',
    table: 'threads',
    key: metaKey(place),
    condition: 'attribute_exists(pk) AND attribute_not_exists(deleted_at)',
    update:
      'SET deleted_at = :now, edit_count = if_not_exists(edit_count, :zero) + :one, rev = rev + :one, sweep_shard = :shard, sweep_at = :now REMOVE list_pk',
    values: { ':now': nowMs, ':one': 1, ':zero': 0, ':shard': sweepShard(place.threadId) },
  });
  return outcome.kind === 'written';
};

const settled = async (tables: Tables, run: RunPlace): Promise<void> => {
  await tables.write({
    kind: 'update',
    table: 'threads',
    key: runKey(run),
    condition: 'attribute_exists(ended_at)',
    update: 'REMOVE unsettled, sweep_at, #hold',
    names: { '#hold': 'hold' },
  });
};

const sweepLater = async (tables: Tables, run: RunPlace, nextMs: number): Promise<void> => {
  await tables.write({
    kind: 'update',
    table: 'threads',
    key: runKey(run),
    condition: 'attribute_exists(sweep_at)',
    update: 'SET sweep_at = :next',
    values: { ':next': nextMs },
  });
};
