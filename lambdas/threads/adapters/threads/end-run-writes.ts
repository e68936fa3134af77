import { storedSettlement } from '../../../ledger/domain/settlement.ts';
import { storedCounts } from '../../../ledger/domain/usage.ts';
import { zstdCompressSync } from 'node:zlib';
import { assert } from '../../../shared/assert.ts';
import { ACTION_WAIT_MS, CHUNK_EVENTS_MAX, LEASE_MS } from '../../domain/limits.ts';
import type { MessageStep, Run, RunEnd } from '../../domain/thread.ts';
import type { RunWriter } from '../../ports/chunks.ts';
import { putChunk } from '../table-chunk-log.ts';
import { itemKeyOf, type Write } from '../../../platform/tables/tables.ts';
import { itemOfStep, listSk, sweepShard, type StoredThread } from './thread-items.ts';
import { logKey, metaKey, runKey } from './thread-keys.ts';

/** When the sweep looks whether the ledger has the settlement. */
const SETTLE_SWEEP_MS = 60_000;

/** The one transaction that ends a run, in this order of writes. */
export const endRunWrites = (
  thread: StoredThread,
  run: Run,
  writer: RunWriter,
  end: RunEnd,
): readonly Write[] => {
  const chunks = chunkWrites(run, writer, end);
  const steps = end.steps.map((step) => stepWrite(run, step));
  if (end.status === 'requires_action')
    return [pauseWrite(run, writer, end), ...chunks, ...steps, queueCheck(thread)];
  return [
    runWrite(thread, run, writer, end),
    ...chunks,
    ...steps,
    metaWrite(thread, run, end),
    logWrite(run, end),
    ...claimWrites(thread, run, end),
  ];
};

/** Place of the chunk among the writes. */
export const CHUNK_WRITE = 1;

const stepWrite = (run: Run, step: MessageStep): Write => {
  const item = itemOfStep(run, step);
  const key = itemKeyOf(item);
  return { kind: 'put', table: 'threads', key, item };
};

/** Waits without a lease; the thread stays busy. A run that was asked to stop meanwhile does not wait: nobody would look. */
const pauseWrite = (run: Run, writer: RunWriter, end: RunEnd): Write => ({
  kind: 'update',
  table: 'threads',
  key: runKey(run),
  condition:
    '#status = :active AND epoch = :epoch AND writer = :writer AND attribute_not_exists(cancel_at)',
  update:
    'SET #status = :paused, #usage = :usage, #cost = :cost, unsettled = :unsettled, sweep_at = :sweep, #hold = :hold',
  names: { '#status': 'status', '#usage': 'usage', '#cost': 'cost', '#hold': 'hold' },
  values: {
    ':active': 'active',
    ':paused': 'requires_action',
    ':epoch': writer.epoch,
    ':writer': writer.nonce,
    ':usage': storedCounts(end.usage),
    ':cost': end.costNanoUsd,
    ':unsettled': end.unsettled && storedSettlement(end.unsettled),
    ':hold': end.hold,
    ':sweep': end.nowMs + ACTION_WAIT_MS,
  },
});

/** Nobody came after the run since its thread was read. */
const queueCheck = (thread: StoredThread): Write => ({
  kind: 'check',
  table: 'threads',
  key: metaKey(thread),
  condition: 'rev = :rev',
  values: { ':rev': thread.rev },
});

const runWrite = (thread: StoredThread, run: Run, writer: RunWriter, end: RunEnd): Write => {
  const owes = end.unsettled !== null;
  const sweep = 'sweep_shard = :shard, sweep_at = :sweep';
  return {
    kind: 'update',
    table: 'threads',
    key: runKey(run),
    condition:
      run.status === 'queued'
        ? '#status = :before'
        : '#status = :before AND epoch = :epoch AND writer = :writer',
    update:
      'SET #status = :status, ended_rev = :rev, stop_reason = :reason, #usage = :usage, #cost = :cost, ended_at = :now, ' +
      `event_count = :count, unsettled = :unsettled, #hold = :hold, writer = :writer${owes ? `, ${sweep}` : ' REMOVE sweep_at'}`,
    names: { '#status': 'status', '#usage': 'usage', '#cost': 'cost', '#hold': 'hold' },
    values: {
      ':before': run.status,
      ...(run.status === 'queued' ? {} : { ':epoch': writer.epoch }),
      ':writer': writer.nonce,
      ':status': end.status,
      ':rev': thread.rev + 1,
      ':reason': end.stopReason,
      ':usage': storedCounts(end.usage),
      ':cost': end.costNanoUsd,
      ':now': end.nowMs,
      ':count': end.firstIndex + end.events.length,
      ':unsettled': end.unsettled && storedSettlement(end.unsettled),
      ':hold': end.hold,
      ...(owes
        ? { ':shard': sweepShard(run.threadId), ':sweep': end.nowMs + SETTLE_SWEEP_MS }
        : {}),
    },
  };
};

/** Who ends the active run hands the thread to the next one; a waiting run only leaves the queue. */
const metaWrite = (thread: StoredThread, run: Run, end: RunEnd): Write => {
  const isActive = thread.activeRun === run.seq;
  const [next, ...rest] = thread.queue;
  const queue = isActive ? rest : thread.queue.filter((seq) => seq !== run.seq);
  const active = `${isActive ? ', last_run = :seq' : ''}${isActive && next !== undefined ? ', active_run = :next' : ''}`;
  const remove = isActive && next === undefined ? ' REMOVE active_run' : '';
  return {
    kind: 'update',
    table: 'threads',
    key: metaKey(run),
    condition: 'rev = :rev',
    update: `SET #queue = :queue, rev = rev + :one, last_active_at = :now, list_sk = :list${active}${remove}`,
    names: { '#queue': 'queue' },
    values: {
      ':rev': thread.rev,
      ':one': 1,
      ':queue': queue,
      ':now': end.nowMs,
      ':list': listSk(end.nowMs, run.threadId),
      ...(isActive ? { ':seq': run.seq } : {}),
      ...(isActive && next !== undefined ? { ':next': next } : {}),
    },
  };
};

const chunkWrites = (run: Run, writer: RunWriter, end: RunEnd): readonly Write[] => {
  assert(end.events.length <= CHUNK_EVENTS_MAX, 'the last events fit one chunk');
  return end.events.length === 0
    ? []
    : [putChunk(run, writer, { firstIndex: end.firstIndex, events: end.events }, end.nowMs)];
};

const logWrite = (run: Run, end: RunEnd): Write => ({
  kind: 'put',
  table: 'threads',
  key: logKey(run),
  item: { ...logKey(run), packed: new Uint8Array(zstdCompressSync(JSON.stringify(end.log))) },
});

const claimWrites = (thread: StoredThread, run: Run, end: RunEnd): readonly Write[] => {
  const [next] = thread.queue;
  if (thread.activeRun !== run.seq || next === undefined) return [];
  return [
    {
      kind: 'update',
      table: 'threads',
      key: runKey({ ...run, seq: next }),
      condition: '#status = :queued',
      update:
        'SET #status = :active, started_rev = :rev, previous_run = :previous, lease_until = :lease, sweep_shard = :shard, sweep_at = :lease',
      names: { '#status': 'status' },
      values: {
        ':queued': 'queued',
        ':active': 'active',
        ':rev': thread.rev + 1,
        ':previous': run.seq,
        ':lease': end.nowMs + LEASE_MS,
        ':shard': sweepShard(run.threadId),
      },
    },
  ];
};
