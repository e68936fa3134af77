import { assert } from '../../../shared/assert.ts';
import { FencedError } from '../../usecases/run-log.ts';
import { isOver, type JobEndStatus, type JobError, type JobPlace } from '../domain/job.ts';
import {
  CALL_MS_MIN,
  JOB_AGE_MAX_MS,
  JOB_CALLS_AT_ONCE,
  JOB_STARTS_MAX,
  PARK_MS,
} from '../domain/limits.ts';
import { oneAtATime, type JobWork, type JobWorkDeps } from './job-types.ts';
import { makeCall } from './make-call.ts';
import { notifyOfJob } from './notify-of-job.ts';
import { recoverJob } from './recover-job.ts';
import { watchJob } from './watch-job.ts';

export interface RunJobInput {
  readonly place: JobPlace;
  readonly nonce: string;
  /** When the calls of this function must be over, epoch ms. */
  readonly deadlineMs: number;
}

const DIED: JobError = {
  code: 'interrupted',
  message: 'The functions that worked on this job died, again and again.',
};
const AGED: JobError = {
  code: 'expired',
  message: 'What was not begun a day after the job was made is not begun any more.',
};

/**
 * Makes the calls of a job that has no worker, as far as the function's time goes; another function takes it from there.
 * Asked twice, one wins. Of a job that is over, somebody is notified where that is due.
 */
export const runJob = async (
  deps: JobWorkDeps,
  { place, nonce, deadlineMs }: RunJobInput,
): Promise<void> => {
  const seen = await deps.store.get(place);
  if (seen === null) return;
  if (isOver(seen)) return await notifyOfJob(deps, seen);
  const nowMs = deps.timers.nowMs();
  if (seen.writer !== null && seen.leaseUntilMs > nowMs) return;
  const writer = { epoch: seen.epoch + 1, nonce };
  const job = await deps.store.start(seen, writer, nowMs);
  if (job === null) return;
  const watch = watchJob(deps, job, writer);
  try {
    const stored = await deps.store.calls(job);
    assert(stored !== null, 'a job has its calls');
    const work: JobWork = {
      deps,
      job,
      writer,
      watch,
      ...stored,
      deadlineMs,
      callMsMin: Math.min(CALL_MS_MIN, (deadlineMs - nowMs) / 3),
      items: new Map(),
      todo: [],
      pauseUntilMs: 0,
      waits: 0,
      stopped: null,
      waitsFor: null,
      callError: null,
      failure: null,
      inTurn: oneAtATime(),
    };
    await workOn(work);
  } catch (error) {
    if (!(error instanceof FencedError)) throw error;
  } finally {
    watch.end();
  }
};

const workOn = async (work: JobWork): Promise<void> => {
  const { deps, job, writer, calls, items, todo, watch } = work;
  await recoverJob(work);
  for (const index of calls.keys()) if (items.get(index)?.status !== 'done') todo.push(index);
  if (job.starts > JOB_STARTS_MAX) work.stopped = DIED;
  else if (deps.timers.nowMs() - job.createdAtMs > JOB_AGE_MAX_MS) work.stopped = AGED;
  await makeCalls(work);
  if (work.failure !== null) throw work.failure;
  if (watch.cause() === 'fenced') return;
  const nowMs = deps.timers.nowMs();
  const end = endOf(work);
  if (end !== null) {
    if (!(await deps.store.end(job, writer, { ...end, nowMs }))) return;
    watch.end();
    const now = await deps.store.get(job);
    if (now !== null) await notifyOfJob(deps, now);
    return;
  }
  watch.end();
  const isParked = work.pauseUntilMs - nowMs > PARK_MS;
  await deps.store.handOver(
    job,
    writer,
    isParked ? work.pauseUntilMs : nowMs,
    isParked ? work.waitsFor : null,
  );
  if (!isParked) await deps.starter.startJob(job);
};

/** Starts calls as fast as the key lets it, a few at a time, and waits for all that began. */
const makeCalls = async (work: JobWork): Promise<void> => {
  const { deps, todo, watch } = work;
  const atWork = new Set<Promise<void>>();
  while (!isHalted(work)) {
    const nowMs = deps.timers.nowMs();
    const waitMs = work.pauseUntilMs - nowMs;
    if (todo.length > 0 && atWork.size < JOB_CALLS_AT_ONCE && waitMs <= 0) {
      if (nowMs + work.callMsMin > work.deadlineMs) break;
      const index = todo.shift();
      assert(index !== undefined, 'a call is left');
      const one: Promise<void> = oneCall(work, index).finally(() => atWork.delete(one));
      atWork.add(one);
      continue;
    }
    if (atWork.size > 0) {
      const over = new AbortController();
      const isPaused = todo.length > 0 && waitMs > 0;
      await Promise.race([
        ...atWork,
        ...(isPaused ? [deps.timers.sleep(waitMs, over.signal)] : []),
      ]);
      over.abort();
      continue;
    }
    if (todo.length === 0 || waitMs > PARK_MS) break;
    await deps.timers.sleep(Math.max(1, waitMs), watch.signal);
  }
  await Promise.all(atWork);
};

const isHalted = ({ watch, stopped, failure }: JobWork): boolean =>
  watch.cause() !== null || stopped !== null || failure !== null;

/** Never throws: what fails here stops the worker when its other calls are over. */
const oneCall = async (work: JobWork, index: number): Promise<void> => {
  try {
    await makeCall(work, index);
  } catch (error) {
    work.failure ??= error;
  }
};

/** null: something is left to do. */
const endOf = (
  work: JobWork,
): { readonly status: JobEndStatus; readonly error: JobError | null } | null => {
  const { job, todo, watch, stopped, callError } = work;
  if (watch.cause() === 'cancelled') return { status: 'cancelled', error: null };
  if (stopped !== null) return { status: 'failed', error: stopped };
  if (todo.length > 0) return null;
  return job.kind === 'call' && callError !== null
    ? { status: 'failed', error: callError }
    : { status: 'completed', error: null };
};
