import type { SpendLedger } from '../../../ledger/ports.ts';
import type { Metrics, Report, Timers } from '../../../shared/deps.ts';
import type { ChunkLog } from '../../ports/chunks.ts';
import type { Job, JobCalls, JobError, JobItem, JobWriter } from '../domain/job.ts';
import type { JobCaller, JobStarter, NotifyJob } from '../ports/job-calls.ts';
import type { JobStore } from '../ports/job-store.ts';
import type { JobWatcher } from './watch-job.ts';

/** What looks after jobs: starts workers, notifies, forgets. */
export interface JobCareDeps {
  readonly store: JobStore;
  readonly starter: JobStarter;
  readonly timers: Timers;
  readonly metrics: Metrics;
  readonly report: Report;
}

/** What makes the calls of jobs as well. */
export interface JobWorkDeps extends JobCareDeps {
  readonly chunks: ChunkLog;
  readonly caller: JobCaller;
  readonly notify: NotifyJob;
  /** The body that is posted when a job is over. */
  readonly noticeOf: (job: Job) => string;
  readonly ledger: Pick<SpendLedger, 'settle' | 'withdraw'>;
  readonly random: () => number;
}

/** What a worker knows of its job. */
export interface JobWork {
  readonly deps: JobWorkDeps;
  readonly job: Job;
  readonly writer: JobWriter;
  readonly watch: JobWatcher;
  readonly calls: JobCalls['calls'];
  readonly headers: JobCalls['headers'];
  readonly deadlineMs: number;
  /** No call begins when less time is left. */
  readonly callMsMin: number;
  /** Calls that began, by their place. */
  readonly items: Map<number, JobItem>;
  /** Places of calls that are not over and not at work, in order. */
  readonly todo: number[];
  /** Nothing begins before this, epoch ms. */
  pauseUntilMs: number;
  /** Waits in a row after which the key still let nothing through. */
  waits: number;
  /** What keeps the rest from being begun; null: nothing does. */
  stopped: JobError | null;
  /** Why the worker waited last; null: it never did. */
  waitsFor: JobError | null;
  /** Why the only call failed. */
  callError: JobError | null;
  /** What went wrong here, and not with a call. */
  failure: unknown;
  /** Writes of the job's own item, one after the other: two transactions at once would refuse each other. */
  readonly inTurn: <T>(write: () => Promise<T>) => Promise<T>;
}

/** Runs what it is given one after the other, in the order of asking. */
export const oneAtATime = (): JobWork['inTurn'] => {
  let last: Promise<unknown> = Promise.resolve();
  return async (write) => {
    const mine = last.then(write, write);
    last = mine.catch(() => undefined);
    return await mine;
  };
};
