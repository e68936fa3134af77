import { CANCEL_POLL_MS, LEASE_RENEW_MS } from '../domain/limits.ts';
import type { Run } from '../domain/thread.ts';
import type { RunWriter } from '../ports/chunks.ts';
import type { ThreadStore } from '../ports/store.ts';
import type { Timers } from '../../shared/deps.ts';

export type StopCause = 'cancelled' | 'fenced' | 'deadline';

/** Watches over one producer: keeps its lease, and says when it must stop. */
export interface Guard {
  readonly signal: AbortSignal;
  cause(): StopCause | null;
  /** The model at work must have ended by then, epoch ms; null: none is at work. */
  callEndsBy(untilMs: number | null): void;
  end(): void;
}

export interface GuardDeps {
  readonly store: Pick<ThreadStore, 'run' | 'renewLease'>;
  readonly timers: Timers;
  readonly report: (message: string, error: unknown) => void;
}

/** The lease is renewed by a timer, not by output: a model may think for a minute. */
export const guardRun = (
  deps: GuardDeps,
  run: Run,
  writer: RunWriter,
  deadlineMs: number,
): Guard => {
  const stop = new AbortController();
  const over = new AbortController();
  let cause: StopCause | null = null;
  let callUntilMs: number | null = null;
  const halt = (why: StopCause): void => {
    cause ??= why;
    stop.abort();
  };
  const untilMs = (): number => Math.min(deadlineMs, callUntilMs ?? deadlineMs);
  const loop = async (): Promise<void> => {
    let renewAtMs = deps.timers.nowMs() + LEASE_RENEW_MS;
    while (!over.signal.aborted) {
      const leftMs = Math.max(1, untilMs() - deps.timers.nowMs());
      await deps.timers.sleep(
        cause === null ? Math.min(CANCEL_POLL_MS, leftMs) : CANCEL_POLL_MS,
        over.signal,
      );
      if (over.signal.aborted) return;
      const nowMs = deps.timers.nowMs();
      if (nowMs >= untilMs()) halt('deadline');
      try {
        if (nowMs >= renewAtMs) {
          renewAtMs = nowMs + LEASE_RENEW_MS;
          const lease = await deps.store.renewLease(run, writer, nowMs);
          if (!lease.isMine) halt('fenced');
          else if (lease.isCancelled) halt('cancelled');
          continue;
        }
        const stored = await deps.store.run(run);
        if (stored?.epoch !== writer.epoch) halt('fenced');
        else if (stored.cancelAskedAtMs !== null) halt('cancelled');
      } catch (error) {
        // The store is away: the run continues until its puts fail or its lease is taken.
        deps.report('run not watched', error);
      }
    }
  };
  void loop();
  return {
    signal: stop.signal,
    cause: () => cause,
    callEndsBy: (untilMs) => void (callUntilMs = untilMs),
    end: () => over.abort(),
  };
};
