import type { IncomingHttpHeaders } from 'node:http';

/** A clock that is off by so much makes signatures invalid: the SDK's threshold, within the five minutes that AWS allows. */
const SKEW_MS_MAX = 240_000;
/** The `date` of an answer that took longer than this says nothing about now. */
const ANSWER_MS_MAX = 900_000;

export interface AwsClock {
  /** The service's time, as far as it is known. */
  readonly nowMs: () => number;
  /** Takes the time of an answer over. true: the request that was signed at `signedAtMs` was off by too much. */
  readonly learn: (headers: IncomingHttpHeaders, signedAtMs: number) => boolean;
}

/** The machine's clock, corrected by what the service's answers say the time is. */
export const awsClock = (machineMs: () => number): AwsClock => {
  let offsetMs = 0;
  let seen: string | undefined;
  let seenMs = 0;
  const nowMs = (): number => machineMs() + offsetMs;
  return {
    nowMs,
    learn: ({ date, age }, signedAtMs) => {
      // Most answers come within the second of the one before; one with an age came out of a cache.
      if (date === undefined || age !== undefined) return false;
      if (date !== seen) {
        const serverMs = Date.parse(date);
        if (Number.isNaN(serverMs) || nowMs() - signedAtMs > ANSWER_MS_MAX) return false;
        [seen, seenMs] = [date, serverMs];
        offsetMs = serverMs - machineMs();
      }
      // Of requests side by side, each that was signed by the wrong clock is refused for it.
      return Math.abs(seenMs - signedAtMs) >= SKEW_MS_MAX;
    },
  };
};
