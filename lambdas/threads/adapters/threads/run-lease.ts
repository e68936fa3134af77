import { storedSettlement } from '../../../ledger/domain/settlement.ts';
import { storedCounts } from '../../../ledger/domain/usage.ts';
import { LEASE_MS } from '../../domain/limits.ts';
import type { MessageStep, Run } from '../../domain/thread.ts';
import type { RunPlace } from '../../domain/thread-ids.ts';
import type { RunWriter } from '../../ports/chunks.ts';
import { itemKeyOf, type Tables, type Write } from '../../../platform/tables/tables.ts';
import { itemOfStep, runOf, sweepShard } from './thread-items.ts';
import { runKey } from './thread-keys.ts';

const IS_MINE = '#status = :active AND epoch = :epoch AND writer = :writer';
const names = { '#status': 'status' };
const mine = (writer: RunWriter) => ({
  ':active': 'active',
  ':epoch': writer.epoch,
  ':writer': writer.nonce,
});

/** Epoch + 1 on condition of the epoch and the lease that were read: of two takers one wins. */
export const startRun = async (
  tables: Tables,
  run: Run,
  writer: RunWriter,
  nowMs: number,
): Promise<Run | null> => {
  const outcome = await tables.write({
    kind: 'update',
    table: 'threads',
    key: runKey(run),
    condition: '#status = :before AND epoch = :old AND lease_until = :seen',
    update:
      'SET #status = :active, epoch = :epoch, writer = :writer, lease_until = :lease, starts = starts + :one, sweep_shard = :shard, sweep_at = :sweep',
    names,
    values: {
      ...mine(writer),
      ':before': run.status,
      ':old': run.epoch,
      ':seen': run.leaseUntilMs,
      ':lease': nowMs + LEASE_MS,
      ':one': 1,
      ':shard': sweepShard(run.threadId),
      ':sweep': nowMs + 4 * LEASE_MS,
    },
  });
  const stored = await tables.get('threads', runKey(run));
  const now = stored === null ? null : runOf(run, stored);
  // A write whose answer was lost meets itself: the nonce shows that it succeeded.
  const isMine =
    outcome.kind === 'written' || (now?.writer === writer.nonce && now.epoch === writer.epoch);
  return isMine ? now : null;
};

export const renewLease = async (
  tables: Tables,
  run: RunPlace,
  writer: RunWriter,
  nowMs: number,
): Promise<{ readonly isMine: boolean; readonly isCancelled: boolean }> => {
  const outcome = await tables.write({
    kind: 'update',
    table: 'threads',
    key: runKey(run),
    condition: IS_MINE,
    update: 'SET lease_until = :lease',
    names,
    values: { ...mine(writer), ':lease': nowMs + LEASE_MS },
  });
  const stored = await tables.get('threads', runKey(run));
  const isCancelled = stored !== null && runOf(run, stored).cancelAskedAtMs !== null;
  return { isMine: outcome.kind === 'written', isCancelled };
};

/** The run is nobody's for the moment: whoever is asked to starts it, at the latest the sweep. */
export const handOver = async (
  tables: Tables,
  run: RunPlace,
  writer: RunWriter,
  nowMs: number,
  isPlanned: boolean,
): Promise<boolean> => {
  const outcome = await tables.write({
    kind: 'update',
    table: 'threads',
    key: runKey(run),
    condition: IS_MINE,
    update: `SET writer = :nobody, lease_until = :lease, sweep_at = :lease${isPlanned ? ', starts = :zero' : ''}`,
    names,
    values: {
      ...mine(writer),
      ':nobody': null,
      ':lease': nowMs + LEASE_MS,
      ...(isPlanned ? { ':zero': 0 } : {}),
    },
  });
  return outcome.kind === 'written';
};

/** One transaction: the step, and the money of what comes next. */
export const recordStep = async (
  tables: Tables,
  run: RunPlace,
  writer: RunWriter,
  record: {
    readonly step: MessageStep | null;
    readonly money: Pick<Run, 'hold' | 'unsettled' | 'usage' | 'costNanoUsd'>;
  },
): Promise<boolean> => {
  const { step, money } = record;
  const runWrite: Write = {
    kind: 'update',
    table: 'threads',
    key: runKey(run),
    condition: IS_MINE,
    update: 'SET #hold = :hold, unsettled = :unsettled, #usage = :usage, #cost = :cost',
    names: { ...names, '#hold': 'hold', '#usage': 'usage', '#cost': 'cost' },
    values: {
      ...mine(writer),
      ':hold': money.hold,
      ':unsettled': money.unsettled && storedSettlement(money.unsettled),
      ':usage': storedCounts(money.usage),
      ':cost': money.costNanoUsd,
    },
  };
  if (step === null) return (await tables.write(runWrite)).kind === 'written';
  const item = itemOfStep(run, step);
  const outcome = await tables.transact([
    runWrite,
    {
      kind: 'put',
      table: 'threads',
      key: itemKeyOf(item),
      item,
    },
  ]);
  return outcome.kind === 'written';
};
