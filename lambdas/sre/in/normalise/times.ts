import { FUTURE_MS_MAX, PAST_MS_MAX, SKEW_MS_MAX } from '../limits.ts';

const SAMPLES_MAX = 9;
const SENDERS_MAX = 1_000;

/** How far the clocks of senders are behind ours, from what their last batches showed. */
export interface SkewMemory {
  /**
   * Takes what a batch shows (arrival minus its newest event) and gives what to add to the sender's times: the median of
   * its last batches where it is more than 5 s, else 0. One late batch of a sender whose clock is right moves nothing.
   */
  readonly correctionMs: (sender: string, sampleMs: number) => number;
}

export const createSkewMemory = (): SkewMemory => {
  const samplesOf = new Map<string, readonly number[]>();
  return {
    correctionMs: (sender, sampleMs) => {
      const samples = [...(samplesOf.get(sender) ?? []), sampleMs].slice(-SAMPLES_MAX);
      samplesOf.delete(sender);
      samplesOf.set(sender, samples);
      const [oldest] = samplesOf.keys();
      if (samplesOf.size > SENDERS_MAX && oldest !== undefined) samplesOf.delete(oldest);
      const median = medianOf(samples);
      return Math.abs(median) > SKEW_MS_MAX ? median : 0;
    },
  };
};

/** The lower one of two in the middle. */
const medianOf = (samples: readonly number[]): number =>
  samples.toSorted((left, right) => left - right)[(samples.length - 1) >> 1] ?? 0;

/** No event is later than 60 s after its arrival, and none is older than a week: it is counted where that begins. */
export const clampTime = (timeMs: number, arrivalMs: number): number =>
  Math.min(arrivalMs + FUTURE_MS_MAX, Math.max(arrivalMs - PAST_MS_MAX, timeMs));
