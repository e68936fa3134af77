/**
 * The windowed Gaussian that the Numenta Anomaly Benchmark has as its baseline: how unlikely a value is under the mean and
 * deviation of the values before it.
 */
export const windowedGaussian = (values: readonly number[], rows: number): readonly number[] => {
  const window: number[] = [];
  let [sum, squares] = [0, 0];
  return values.map((value) => {
    const count = window.length;
    const mean = count === 0 ? 0 : sum / count;
    const deviation = count === 0 ? 1 : Math.sqrt(Math.max(0, squares / count - mean * mean));
    const score =
      count === 0 ? 0 : 1 - upperTail(Math.abs(value - mean) / Math.max(1e-6, deviation));
    window.push(value);
    sum += value;
    squares += value * value;
    const old = window.length > rows ? window.shift() : undefined;
    if (old !== undefined) {
      sum -= old;
      squares -= old * old;
    }
    return score;
  });
};

/** Of the normal distribution, by Abramowitz and Stegun 7.1.26, and its own asymptote where that has no digits left. */
const upperTail = (z: number): number => {
  if (z > 5) return Math.exp((-z * z) / 2) / (z * Math.sqrt(2 * Math.PI));
  const t = 1 / (1 + (0.3275911 * z) / Math.SQRT2);
  const series =
    t *
    (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return 0.5 * series * Math.exp((-z * z) / 2);
};
