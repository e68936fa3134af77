/** An hour of a series. */
export type Measure =
  /** So many, among so many: 1 where it is the number itself that counts. */
  | { readonly kind: 'count'; readonly count: number; readonly among: number }
  /** A high quantile of the times of so many requests. */
  | { readonly kind: 'time'; readonly ms: number; readonly times: number };

/** Variance of the logarithm of a 95th percentile, times the number of requests. */
const QUANTILE_VARIANCE = 2;
const TIMES_MIN = 20;
/** An hour weighs as three times the usual at most: one odd hour is no drift of a day. */
const CAME_TIMES_MAX = 3;
const CAME_MORE = 10;

/** null: too little to say. */
export const valueOf = (measure: Measure): number | null => {
  switch (measure.kind) {
    case 'count':
      return measure.among <= 0 ? null : measure.count / measure.among;
    case 'time':
      return measure.times < TIMES_MIN || measure.ms <= 0 ? null : measure.ms;
  }
};

/** What came and what should have, in numbers that are as sure as plain counts. */
export const amounts = (
  measure: Measure,
  value: number,
  expected: number,
): readonly [came: number, usual: number] => {
  const usual =
    measure.kind === 'count' ? measure.among * expected : measure.times / QUANTILE_VARIANCE;
  const came = measure.kind === 'count' ? measure.count : (usual * value) / expected;
  return [Math.min(came, CAME_TIMES_MAX * usual + CAME_MORE), usual];
};
