/** Times in buckets of a quarter of an octave: what two of them count simply adds. */
export type Histogram = Map<number, number>;

const BUCKETS_AN_OCTAVE = 4;
const UNIT_MS = 0.1;

const placeOf = (ms: number): number =>
  ms <= UNIT_MS ? 0 : 1 + Math.floor(Math.log2(ms / UNIT_MS) * BUCKETS_AN_OCTAVE);

/** The upper end of a bucket. */
const endOf = (place: number): number => UNIT_MS * 2 ** (place / BUCKETS_AN_OCTAVE);

export const addTime = (histogram: Histogram, ms: number): void => {
  const place = placeOf(ms);
  histogram.set(place, (histogram.get(place) ?? 0) + 1);
};

export const addAll = (into: Histogram, from: Histogram): void => {
  for (const [place, times] of from) into.set(place, (into.get(place) ?? 0) + times);
};

export const countOf = (histogram: Histogram): number => {
  let count = 0;
  for (const times of histogram.values()) count += times;
  return count;
};

/** At least this share of the times is no longer. */
export const quantileOf = (histogram: Histogram, share: number): number => {
  const wanted = share * countOf(histogram);
  let [count, end] = [0, 0];
  for (const [place, times] of [...histogram].toSorted(([left], [right]) => left - right)) {
    count += times;
    end = endOf(place);
    if (count >= wanted) break;
  }
  return end;
};
