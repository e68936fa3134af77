/**
 * Upper bounds in ms, growing by a third or so: a quantile read from the counts is off by at most one bucket.
 * The last bucket has no bound. Never reorder: stored rows hold counts by index.
 */
const LATENCY_BOUNDS_MS = [
  50, 75, 100, 150, 200, 300, 400, 600, 800, 1_200, 1_600, 2_400, 3_200, 4_800, 6_400, 9_600,
  12_800, 19_200, 25_600, 38_400, 51_200, 76_800, 120_000, 240_000, 480_000, 900_000,
] as const;

export const LATENCY_BUCKET_COUNT = LATENCY_BOUNDS_MS.length + 1;

/** Index of the bucket that counts this latency. */
export const latencyBucket = (latencyMs: number): number => {
  const index = LATENCY_BOUNDS_MS.findIndex((boundMs) => latencyMs <= boundMs);
  return index === -1 ? LATENCY_BOUNDS_MS.length : index;
};

/** The quantile (0..1) in ms, interpolated inside its bucket; null when nothing was counted. */
export const latencyQuantileMs = (counts: readonly number[], quantile: number): number | null => {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  const rank = quantile * total;
  let below = 0;
  for (const [index, count] of counts.entries()) {
    if (count > 0 && below + count >= rank) {
      const lower = LATENCY_BOUNDS_MS[index - 1] ?? 0;
      const upper = LATENCY_BOUNDS_MS[index] ?? lower;
      return Math.round(lower + ((upper - lower) * (rank - below)) / count);
    }
    below += count;
  }
  return LATENCY_BOUNDS_MS.at(-1) ?? null;
};

export const addCounts = (left: readonly number[], right: readonly number[]): number[] =>
  Array.from(
    { length: LATENCY_BUCKET_COUNT },
    (_, index) => (left[index] ?? 0) + (right[index] ?? 0),
  );
