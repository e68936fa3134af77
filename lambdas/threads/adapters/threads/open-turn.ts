import { AppError } from '../../../shared/app-error.ts';
import { WAITING_RUNS_MAX } from '../../domain/limits.ts';
import { isHashOf } from '../../domain/body-hash.ts';
import type { MessageStep, NewRecord, NewTurn, Run, TurnRecord } from '../../domain/thread.ts';
import type { ThreadPlace } from '../../domain/thread-ids.ts';
import type { AppendResult, OpenTurnResult } from '../../ports/store.ts';
import { appendWrites, openTurnWrites, placeTurn } from './open-turn-writes.ts';
import type { Tables } from '../../../platform/tables/tables.ts';
import type { ThreadStoreDeps } from './table-thread-store.ts';
import type { TakeTurns } from './take-turns.ts';
import { recordOf } from './request-items.ts';
import { runOf, threadOf, type StoredThread } from './thread-items.ts';
import { metaKey, requestKey, runKey } from './thread-keys.ts';

const TRIES_MAX = 200;
const PAUSE_MIN_MS = 2;
const PAUSE_MAX_MS = 200;

export interface OpenTurnDeps extends ThreadStoreDeps {
  /** Writers of one thread in this process, one after the other. */
  readonly takeTurns: TakeTurns;
}

interface Seen {
  readonly thread: StoredThread;
  readonly record: TurnRecord | null;
}

/** Tries until its place in the sequence is its own: whoever loses a race reads again. */
export const openTurn = async (deps: OpenTurnDeps, turn: NewTurn): Promise<OpenTurnResult> =>
  await racing(deps, turn.place, async () => {
    const seen = await look(deps, turn.place, turn.record.requestId);
    if (seen === null) return { kind: 'missing', run: null };
    if (seen.record !== null) return await repeated(deps.tables, turn, seen.record);
    const { thread } = seen;
    if ((turn.afterSeq ?? thread.lastSeq) !== thread.lastSeq) return { kind: 'passed', run: null };
    if (thread.activeRun !== null) {
      if (turn.concurrency === 'reject') return { kind: 'busy', run: null };
      if (thread.queue.length >= WAITING_RUNS_MAX) return { kind: 'queue_full', run: null };
    }
    if (thread.activeRun === null && (turn.seenLastSeq ?? thread.lastSeq) !== thread.lastSeq)
      return { kind: 'moved', run: null };
    const placed = placeTurn(thread, turn, await activeOf(deps.tables, thread));
    const outcome = await deps.tables.transact(openTurnWrites(thread, turn, placed));
    if (outcome.kind === 'refused') return null;
    return { kind: placed.run.status === 'queued' ? 'queued' : 'opened', run: placed.run };
  });

export const appendMessages = async (
  deps: OpenTurnDeps,
  place: ThreadPlace,
  record: NewRecord,
  steps: readonly Omit<MessageStep, 'seq' | 'step'>[],
): Promise<AppendResult> =>
  await racing<AppendResult>(deps, place, async () => {
    const seen = await look(deps, place, record.requestId);
    if (seen === null) return { kind: 'missing' };
    if (seen.record !== null)
      return isHashOf(seen.record.bodyHash, record)
        ? { kind: 'replayed', seq: seen.record.seq }
        : { kind: 'reused' };
    const outcome = await deps.tables.transact(appendWrites(seen.thread, record, steps));
    return outcome.kind === 'refused' ? null : { kind: 'appended', seq: seen.thread.lastSeq + 1 };
  });

const racing = async <T>(
  deps: OpenTurnDeps,
  place: ThreadPlace,
  attempt: () => Promise<T | null>,
): Promise<T> => {
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const result = await deps.takeTurns(place.threadId, attempt);
    if (result !== null) return result;
    const pauseMs = Math.min(PAUSE_MAX_MS, PAUSE_MIN_MS * 2 ** Math.min(tries, 10));
    await deps.timers.sleep(pauseMs * deps.random());
  }
  throw new AppError({
    code: 'storage_unavailable',
    publicMessage: 'The thread is too busy; nothing was written. Try again.',
  });
};

const look = async (
  { tables, timers }: ThreadStoreDeps,
  place: ThreadPlace,
  requestId: string,
): Promise<Seen | null> => {
  const [meta, request] = await Promise.all([
    tables.get('threads', metaKey(place)),
    tables.get('threads', requestKey(place, requestId)),
  ]);
  if (meta === null) return null;
  const thread = threadOf(place, meta);
  if (thread.deletedAtMs !== null) return null;
  const record = request === null ? null : recordOf(request);
  // An expired request lingers until it is swept: its id is free.
  return { thread, record: record !== null && record.expiresAtMs > timers.nowMs() ? record : null };
};

const activeOf = async (tables: Tables, thread: StoredThread): Promise<Run | null> => {
  if (thread.activeRun === null) return null;
  const item = await tables.get('threads', runKey({ ...thread, seq: thread.activeRun }));
  return item === null ? null : runOf(thread, item);
};

const repeated = async (
  tables: Tables,
  turn: NewTurn,
  record: TurnRecord,
): Promise<OpenTurnResult> => {
  if (!isHashOf(record.bodyHash, turn.record) || record.runSeq === null)
    return { kind: 'reused', run: null };
  const item = await tables.get('threads', runKey({ ...turn.place, seq: record.runSeq }));
  return item === null
    ? { kind: 'missing', run: null }
    : { kind: 'replayed', run: runOf(turn.place, item) };
};
