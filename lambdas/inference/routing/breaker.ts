/** What functions share of a model that fails at its provider. */
export interface BreakerState {
  /** The span in which calls are counted began here, epoch ms. */
  readonly sinceMs: number;
  readonly calls: number;
  readonly failures: number;
  /** How often it opened without a good answer in between; 0: it is closed. */
  readonly opened: number;
  /** Nobody asks before then. */
  readonly untilMs: number;
  /** Somebody found it due and asks for all; until then he has the word. */
  readonly probeUntilMs: number;
}

export const BREAKER = {
  /** Failures of one span, and their share of its calls, that open it. */
  spanMs: 20_000,
  failuresMin: 5,
  shareMin: 0.5,
  openMs: 10_000,
  openMsMax: 300_000,
  /** A probe that says nothing for so long died. */
  probeMs: 60_000,
} as const;

export const CLOSED: BreakerState = {
  sinceMs: 0,
  calls: 0,
  failures: 0,
  opened: 0,
  untilMs: 0,
  probeUntilMs: 0,
};

/** `probe`: it is due, and whoever claims it asks. */
export const verdictOf = (state: BreakerState, nowMs: number): 'closed' | 'open' | 'probe' => {
  if (state.opened === 0) return 'closed';
  return nowMs < state.untilMs || nowMs < state.probeUntilMs ? 'open' : 'probe';
};

/** One asks, for everybody. */
export const claimed = (state: BreakerState, nowMs: number): BreakerState => ({
  ...state,
  probeUntilMs: nowMs + BREAKER.probeMs,
});

/** A good answer closes what was open. Calls that went well are counted by the next failure, so that they write nothing. */
export const recovered = (nowMs: number): BreakerState => ({ ...CLOSED, sinceMs: nowMs });

/**
 * A failure, and the good answers that its function had seen since the last one. `random` is from 0 to 1: functions that
 * fail together do not come back together.
 */
export const failedOnce = (
  state: BreakerState,
  goodSince: number,
  nowMs: number,
  random: number,
): BreakerState => {
  // Of calls that began before it opened, nothing is learned.
  if (state.opened > 0) return nowMs < state.untilMs ? state : reopened(state, nowMs, random);
  const isFresh = nowMs - state.sinceMs > BREAKER.spanMs || nowMs < state.sinceMs;
  const counted = {
    ...state,
    sinceMs: isFresh ? nowMs : state.sinceMs,
    calls: (isFresh ? 0 : state.calls) + goodSince + 1,
    failures: (isFresh ? 0 : state.failures) + 1,
  };
  return counted.failures >= BREAKER.failuresMin &&
    counted.failures >= counted.calls * BREAKER.shareMin
    ? reopened(counted, nowMs, random)
    : counted;
};

/** Twice as long each time, half of it by chance. */
const reopened = (state: BreakerState, nowMs: number, random: number): BreakerState => {
  const opened = state.opened + 1;
  const openMs = Math.min(BREAKER.openMsMax, BREAKER.openMs * 2 ** Math.min(opened - 1, 10));
  return {
    ...CLOSED,
    sinceMs: nowMs,
    opened,
    untilMs: nowMs + Math.ceil(openMs / 2 + (openMs / 2) * random),
  };
};
