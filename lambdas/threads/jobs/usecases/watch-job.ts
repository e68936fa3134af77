import type { Report, Timers } from '../../../shared/deps.ts';
import type { Job, JobWriter } from '../domain/job.ts';
import { WATCH_MS } from '../domain/limits.ts';
import type { JobHalt } from '../ports/job-calls.ts';
import type { JobStore } from '../ports/job-store.ts';

/** Watches over one worker: keeps its lease, and says when it must stop. */
export interface JobWatcher {
  readonly signal: AbortSignal;
  cause(): JobHalt | null;
  /** Looks at once: somebody else was seen at the job, or a wish to stop it. */
  look(): Promise<void>;
  end(): void;
}

/** The lease is renewed by a timer: a call may take minutes. */
export const watchJob = (
  deps: {
    readonly store: Pick<JobStore, 'renew'>;
    readonly timers: Timers;
    readonly report: Report;
  },
  job: Job,
  writer: JobWriter,
): JobWatcher => {
  const stop = new AbortController();
  const over = new AbortController();
  let cause: JobHalt | null = null;
  const halt = (why: JobHalt): void => {
    cause ??= why;
    stop.abort();
  };
  if (job.cancelAskedAtMs !== null) halt('cancelled');
  const look = async (): Promise<void> => {
    const { isMine, isCancelled } = await deps.store.renew(job, writer, deps.timers.nowMs());
    if (over.signal.aborted) return;
    if (!isMine) halt('fenced');
    else if (isCancelled) halt('cancelled');
  };
  const loop = async (): Promise<void> => {
    for (;;) {
      await deps.timers.sleep(WATCH_MS, over.signal);
      if (over.signal.aborted) return;
      try {
        await look();
      } catch (error) {
        // The store is away: the worker continues until its writes fail or its lease is taken.
        deps.report('job not watched', error);
      }
    }
  };
  void loop();
  return { signal: stop.signal, cause: () => cause, look, end: () => over.abort() };
};
