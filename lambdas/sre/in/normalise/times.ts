import { FUTURE_MS_MAX, PAST_MS_MAX, SKEW_MS_MAX } from '../limits.ts';

const SAMPLES_MAX = 9;
/** So many batches have to show the same before a clock counts as slow. */
const AGREEING_MIN = 3;
const SENDERS_MAX = 1_000;

/** How far the clocks of senders are behind ours, from what their last batches showed. */
export interface SkewMemory {
  /**
   * Takes what a batch shows (arrival minus its newest event) and gives what to add to the sender's times: the median of
   * its last batches where it is more than 5 s and three of them agree, else 0. A late batch moves nothing.
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
      const agreeing = samples.filter((sample) => Math.abs(sample - median) <= SKEW_MS_MAX);
      if (agreeing.length >= AGREEING_MIN) return Math.abs(median) > SKEW_MS_MAX ? median : 0;
      // Nothing comes before it happened: that clock is ahead. One that seems behind may be a late batch.
      return sampleMs < -SKEW_MS_MAX ? sampleMs : 0;
    },
  };
};

/** The lower one of two in the middle. */
const medianOf = (samples: readonly number[]): number =>
  samples.toSorted((left, right) => left - right)[(samples.length - 1) >> 1] ?? 0;

/** No event is later than 60 s after its arrival, and none is older than a week: it is counted where that begins. */
export const clampTime = (timeMs: number, arrivalMs: number): number =>
  Math.min(arrivalMs + FUTURE_MS_MAX, Math.max(arrivalMs - PAST_MS_MAX, timeMs));
