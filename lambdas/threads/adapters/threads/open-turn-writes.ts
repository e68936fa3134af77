import { LEASE_MS } from '../../domain/limits.ts';
import type { MessageStep, NewTurn, Run, TurnRecord } from '../../domain/thread.ts';
import type { ThreadPlace } from '../../domain/thread-ids.ts';
import type { Item, Write } from '../../../platform/tables/tables.ts';
import { itemOfRecord } from './request-items.ts';
import { itemOfRun, itemOfStep, listSk, type StoredThread } from './thread-items.ts';
import { metaKey } from './thread-keys.ts';

/** The first sweep of a run comes when its producer has surely renewed its lease or died. */
const FIRST_SWEEP_MS = 4 * LEASE_MS;

/** A turn with its places in the thread. */
export interface PlacedTurn {
  /** Of its first message, or of the run that has none. */
  readonly firstSeq: number;
  readonly run: Run;
}

export const placeTurn = (thread: StoredThread, turn: NewTurn): PlacedTurn => {
  const firstSeq = thread.lastSeq + 1;
  const seq = firstSeq + turn.messages.length;
  const status = thread.activeRun === null ? 'active' : 'queued';
  const previousRun = status === 'active' ? thread.lastRun : null;
  const run = { ...turn.run, ...turn.place, seq, status, previousRun } as const;
  // A run that waits has no producer and no money yet.
  return {
    firstSeq,
    run: status === 'active' ? run : { ...run, hold: null, writer: null, epoch: 0 },
  };
};

/** The one transaction of a turn, in this order of writes: request, thread, messages, run. */
export const openTurnWrites = (
  thread: StoredThread,
  turn: NewTurn,
  { firstSeq, run }: PlacedTurn,
): readonly Write[] => {
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
    metaWrite(thread, turn, { firstSeq, run }, nowMs),
    ...turn.messages.map((message, place) =>
      put(itemOfStep(turn.place, { ...message, seq: firstSeq + place, step: 0 })),
    ),
    put({
      ...itemOfRun(run, run.status === 'active' ? nowMs + FIRST_SWEEP_MS : null),
      ...openedAt(thread, { firstSeq, run }),
    }),
  ];
};

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
        // What runs had done by then is told before it.
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
  { firstSeq, run }: PlacedTurn,
  nowMs: number,
): Write => {
  const isActive = run.status === 'active';
  const queue =
    turn.concurrency === 'interrupt' ? [run.seq, ...thread.queue] : [...thread.queue, run.seq];
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
  key: { pk: String(item['pk']), sk: String(item['sk']) },
  condition: 'attribute_not_exists(sk)',
  item,
});
