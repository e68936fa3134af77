import { AppError } from '../../shared/app-error.ts';
import type { CallInput, CompleteDeps } from './call-types.ts';

const CANCEL_POLL_MS = 1_000;

export type StopReason = 'cancelled' | 'deadline';

/** Stops a call from outside: by its flag, read once a second, or by the deadline. */
export interface Stop {
  readonly signal: AbortSignal;
  reason(): StopReason | null;
  end(): void;
}

/** Watches over a call from before its first byte until `end`. */
export const watchCall = (deps: CompleteDeps, input: CallInput): Stop => {
  const controller = new AbortController();
  let reason: StopReason | null = null;
  const stop = (why: StopReason): void => {
    reason ??= why;
    controller.abort();
  };
  const poll = async (): Promise<void> => {
    try {
      if (await deps.cancelFlags.isRaised(input.credential.keyId, input.holdId)) stop('cancelled');
    } catch (error) {
      deps.report('cancel flag not read', error);
    }
  };
  const poller = setInterval(() => void poll(), CANCEL_POLL_MS);
  const timer = setTimeout(
    () => stop('deadline'),
    Math.max(0, input.deadlineMs - deps.clock.nowMs()),
  );
  return {
    signal: controller.signal,
    reason: () => reason,
    end: () => {
      clearInterval(poller);
      clearTimeout(timer);
    },
  };
};

/** What the caller of a stopped call reads. */
export const stopError = (reason: StopReason): AppError =>
  reason === 'cancelled'
    ? new AppError({ code: 'call_cancelled', publicMessage: 'The call was cancelled.' })
    : new AppError({ code: 'provider_timeout', publicMessage: 'The call reached its deadline.' });
