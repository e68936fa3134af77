import { expiredSettlement } from '../../../ledger/domain/expired-settlement.ts';
import type { Settlement } from '../../../ledger/domain/usage.ts';
import { requestIdOf } from '../../../shared/ids.ts';
import { ledgerHold, type CallHold } from '../../domain/call-hold.ts';
import { storedEvents } from '../../usecases/take-over.ts';
import { FencedError } from '../../usecases/run-log.ts';
import type { CallResult, JobItem } from '../domain/job.ts';
import { runOfJob } from '../domain/job-ids.ts';
import { endOfFrames, textOfFrame } from '../domain/frames.ts';
import { CALL_ATTEMPTS_MAX } from '../domain/limits.ts';
import type { JobWork } from './job-types.ts';

const INTERRUPTED = {
  code: 'interrupted',
  message:
    'The function that made this call died in the middle of it. It is paid as if it had come whole.',
} as const;

/**
 * What the workers before left. A call whose answer is stored is settled again, which does nothing the second time. One
 * that was at work may have reached its provider: its hold is charged whole, as that of any call that died, and it is
 * begun once more or has failed.
 */
export const recoverJob = async (work: JobWork): Promise<void> => {
  const { deps, job, items } = work;
  for (const item of await deps.store.items(job)) {
    items.set(item.index, item);
    if (item.unsettled !== null) await settleCall(work, item);
    else if (item.status === 'running' && item.hold !== null)
      items.set(item.index, await interrupt(work, item, item.hold));
  }
};

/** Ends the hold of a call at what is stored of it, and marks that the ledger has it. */
export const settleCall = async (
  { deps, job }: Pick<JobWork, 'deps' | 'job'>,
  item: JobItem,
): Promise<void> => {
  if (item.unsettled === null || item.hold === null) return;
  await deps.ledger.settle(ledgerHold(item.hold), item.unsettled);
  await deps.store.settled(job, item);
};

const interrupt = async (work: JobWork, item: JobItem, hold: CallHold): Promise<JobItem> => {
  const { deps, job, writer, inTurn } = work;
  const isFinal = job.isStream || job.onInterrupt === 'fail' || item.attempt >= CALL_ATTEMPTS_MAX;
  const cost = item.costNanoUsd + hold.amountNanoUsd;
  const result: CallResult | null = isFinal
    ? {
        index: item.index,
        requestId: item.requestId,
        statusCode: null,
        type: 'text/event-stream',
        encoding: 'utf8',
        content: job.isStream ? await cutStream(work) : '',
        error: INTERRUPTED,
        costNanoUsd: cost,
      }
    : null;
  const left: JobItem = {
    ...item,
    epoch: writer.epoch,
    status: isFinal ? 'done' : 'again',
    unsettled: expired(work, hold),
    costNanoUsd: cost,
  };
  const end = { result, addNanoUsd: hold.amountNanoUsd };
  const isMine = await inTurn(async () => await deps.store.finish(job, writer, left, end));
  if (!isMine) throw new FencedError('the job has another worker');
  if (isFinal) work.callError = INTERRUPTED;
  await settleCall(work, left);
  return { ...left, unsettled: null };
};

/** A stream that died is closed where it was: what its readers saw stays. */
const cutStream = async ({ deps, job, writer }: JobWork): Promise<string> => {
  const run = runOfJob(job);
  const stored = await storedEvents(deps, run);
  await deps.chunks.append(run, writer, {
    firstIndex: stored.length,
    events: [endOfFrames('run.interrupted')],
  });
  return stored.map((event) => textOfFrame(event) ?? '').join('');
};

const expired = ({ deps, job }: JobWork, hold: CallHold): Settlement => {
  const { holdId, keyId, model, provider } = hold;
  const call = {
    holdId,
    requestId: requestIdOf(keyId, holdId),
    keyId,
    projectId: job.projectId,
    model,
    provider,
    feature: job.feature,
    threadId: null,
    endUserId: job.endUserId,
  };
  return expiredSettlement(call, hold, deps.timers.nowMs());
};
