// Reads the stamps of paced-upstream.ts out of whatever they were wrapped in. Plain JavaScript: the probes use it.
const MODULUS_MS = 1_000_000;
const STAMP = /(\d{1,6}\.\d) /g;

/** How long each token of these bytes took, ms. */
export const delaysIn = (text) => {
  const nowMs = (performance.timeOrigin + performance.now()) % MODULUS_MS;
  return [...text.matchAll(STAMP)].map(([, at]) => (nowMs - Number(at) + MODULUS_MS) % MODULUS_MS);
};

export const quantile = (samples, share) => {
  const sorted = Float64Array.from(samples).toSorted();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null;
};
