import { LEASE_MS } from '../../domain/limits.ts';
import type { MessageStep, NewTurn, Run, TurnRecord } from '../../domain/thread.ts';
import type { RunPlace, ThreadPlace } from '../../domain/thread-ids.ts';
import { itemKeyOf, type Item, type Write } from '../../../platform/tables/tables.ts';
import { itemOfRecord } from './request-items.ts';
import { itemOfRun, itemOfStep, listSk, sweepShard, type StoredThread } from './thread-items.ts';
import { metaKey, runKey } from './thread-keys.ts';

/** The first sweep of a run comes when its producer has surely renewed its lease or died. */
const FIRST_SWEEP_MS = 4 * LEASE_MS;

/** A turn with its places in the thread. */
export interface PlacedTurn {
  /** Of its first message, or of the run that has none. */
  readonly firstSeq: number;
  readonly run: Run;
  /** It begins after the run at work, before all others that wait; that run is asked to stop. */
  readonly isInterrupt: boolean;
}

/** `active`: the run at work as it was read; a turn that ends waits interrupts one that waits for somebody. */
export const placeTurn = (thread: StoredThread, turn: NewTurn, active: Run | null): PlacedTurn => {
  const firstSeq = thread.lastSeq + 1;
  const seq = firstSeq + turn.messages.length;
  const status = thread.activeRun === null ? 'active' : 'queued';
  const previousRun = status === 'active' ? thread.lastRun : null;
  const run = { ...turn.run, ...turn.place, seq, status, previousRun } as const;
  const isInterrupt =
    turn.concurrency === 'interrupt' || (endsWait(turn) && active?.status === 'requires_action');
  // A run that waits has no producer and no money yet.
  return {
    firstSeq,
    isInterrupt: status === 'queued' && isInterrupt,
    run: status === 'active' ? run : { ...run, hold: null, writer: null, epoch: 0 },
  };
};

const endsWait = (turn: NewTurn): boolean =>
  turn.concurrency === 'queue' && turn.run.settings.endsWait === true;

/**
 * The one transaction of a turn, in this order of writes: request, thread, messages, run, and the run at work, which is
 * asked to stop in the same moment: whoever posted may die before it asks for itself.
 */
export const openTurnWrites = (
  thread: StoredThread,
  turn: NewTurn,
  placed: PlacedTurn,
): readonly Write[] => {
  const { firstSeq, run } = placed;
  const nowMs = run.createdAtMs;
  return [
    recordWrite(
      turn.place,
      {
        ...turn.record,
        seq: firstSeq,
        runSeq: run.seq,
      },
      nowMs,
    ),
    metaWrite(thread, turn, placed, nowMs),
    ...turn.messages.map((message, place) =>
      put(itemOfStep(turn.place, { ...message, seq: firstSeq + place, step: 0 })),
    ),
    put({
      ...itemOfRun(run, run.status === 'active' ? nowMs + FIRST_SWEEP_MS : null),
      ...openedAt(thread, placed),
    }),
    ...activeWrites(thread, turn, placed),
  ];
};

/** A run that is at work when this one comes after it must not have begun to wait meanwhile. */
const activeWrites = (
  thread: StoredThread,
  turn: NewTurn,
  { run, isInterrupt }: PlacedTurn,
): readonly Write[] => {
  if (thread.activeRun === null) return [];
  const active = { ...turn.place, seq: thread.activeRun };
  if (isInterrupt) return [cancelWrite(active, run.createdAtMs)];
  if (!endsWait(turn)) return [];
  return [
    {
      kind: 'check',
      table: 'threads',
      key: runKey(active),
      condition: '#status = :active',
      names: { '#status': 'status' },
      values: { ':active': 'active' },
    },
  ];
};

/** A flag for the producer, and for the sweep: a run without one is ended by whoever comes first. */
export const cancelWrite = (run: RunPlace, nowMs: number): Write => ({
  kind: 'update',
  table: 'threads',
  key: runKey(run),
  condition: 'attribute_exists(pk) AND attribute_not_exists(ended_at)',
  update: 'SET cancel_at = if_not_exists(cancel_at, :now), sweep_at = :now, sweep_shard = :shard',
  values: { ':now': nowMs, ':shard': sweepShard(run.threadId) },
});

/** The revision of the thread's runs that this write makes: the events of the thread follow from it. */
const openedAt = (thread: StoredThread, { firstSeq, run }: PlacedTurn): Item => ({
  first_seq: firstSeq,
  opened_rev: thread.rev + 1,
  ...(run.status === 'active' ? { started_rev: thread.rev + 1 } : {}),
});

/** Messages without a run: request, thread, messages. */
export const appendWrites = (
  thread: StoredThread,
  record: Omit<TurnRecord, 'seq' | 'runSeq'>,
  steps: readonly Omit<MessageStep, 'seq' | 'step'>[],
): readonly Write[] => {
  const firstSeq = thread.lastSeq + 1;
  const nowMs = steps[0]?.createdAtMs ?? thread.lastActiveAtMs;
  return [
    recordWrite(thread, { ...record, seq: firstSeq, runSeq: null }, nowMs),
    {
      kind: 'update',
      table: 'threads',
      key: metaKey(thread),
      condition: 'last_seq = :last AND attribute_not_exists(deleted_at)',
      update: 'SET last_seq = :seq, last_active_at = :now, list_sk = :list',
      values: {
        ':last': thread.lastSeq,
        ':seq': thread.lastSeq + steps.length,
        ':now': nowMs,
        ':list': listSk(nowMs, thread.threadId),
      },
    },
    ...steps.map((step, place) =>
      put({
        ...itemOfStep(thread, { ...step, seq: firstSeq + place, step: 0 }),
        // What runs had done by then is reported before it.
        at_rev: thread.rev,
      }),
    ),
  ];
};

/** A request id is free when nobody used it, or long ago: expired items linger until they are swept. */
const recordWrite = (place: ThreadPlace, record: TurnRecord, nowMs: number): Write => ({
  ...put(itemOfRecord(place, record)),
  condition: 'attribute_not_exists(pk) OR #ttl < :now',
  names: { '#ttl': 'ttl' },
  values: { ':now': Math.floor(nowMs / 1_000) },
});

const metaWrite = (
  thread: StoredThread,
  turn: NewTurn,
  { firstSeq, run, isInterrupt }: PlacedTurn,
  nowMs: number,
): Write => {
  const isActive = run.status === 'active';
  const queue = isInterrupt ? [run.seq, ...thread.queue] : [...thread.queue, run.seq];
  const superseded = [
    ...thread.superseded.map(({ fromSeq, toSeq, bySeq }) => [fromSeq, toSeq, bySeq]),
    ...(turn.supersedesFrom === null ? [] : [[turn.supersedesFrom, thread.lastSeq, firstSeq]]),
  ];
  return {
    kind: 'update',
    table: 'threads',
    key: metaKey(thread),
    condition: 'last_seq = :last AND rev = :rev AND attribute_not_exists(deleted_at)',
    update: `SET last_seq = :seq, rev = rev + :one, superseded = :superseded, last_active_at = :now, list_sk = :list, ${
      isActive ? 'active_run = :seq' : '#queue = :queue'
    }`,
    names: isActive ? {} : { '#queue': 'queue' },
    values: {
      ':last': thread.lastSeq,
      ':rev': thread.rev,
      ':seq': run.seq,
      ':one': 1,
      ':superseded': superseded,
      ':now': nowMs,
      ':list': listSk(nowMs, thread.threadId),
      ...(isActive ? {} : { ':queue': queue }),
    },
  };
};

const put = (item: Item): Write & { readonly kind: 'put' } => ({
  kind: 'put',
  table: 'threads',
  key: itemKeyOf(item),
  condition: 'attribute_not_exists(sk)',
  item,
});
