/**
 * What a series usually is, by the hour of the week (UTC). Values are positive or zero: a rate an hour, a share, a time.
 * Kept as the logarithm in thousandths, so that 168 of them are 336 bytes, off by a thousandth at most.
 */
export type Season = Int16Array;

export const HOURS_A_DAY = 24;
export const HOURS_A_WEEK = 168;
const UNKNOWN = -32_768;
const ZERO = -32_767;
const THOUSANDTHS = 1_000;
const PLACE_MAX = 32_767;

export const newSeason = (): Season => new Int16Array(HOURS_A_WEEK).fill(UNKNOWN);

/** The season with one more hour in its place, which weighs `gain` against what was known of it. */
export const learnHour = (season: Season, hour: number, value: number, gain: number): Season => {
  const next = season.slice();
  const place = placeOf(hour);
  const known = valueAt(season, place);
  next[place] = packed(known === null ? value : known + gain * (value - known));
  return next;
};

/** From the least to the most that is usual. */
export interface Band {
  readonly low: number;
  readonly high: number;
}

/**
 * What is usual in an hour: that hour and its neighbours, because clocks change twice a year and a day begins late on a
 * holiday. Of this day of the week, or of every day that is known. null: nothing is.
 */
export const usualIn = (season: Season, hour: number, isWeekly: boolean): Band | null => {
  const own = bandOf(season, isWeekly ? [0] : DAYS, hour);
  return own ?? (isWeekly ? bandOf(season, DAYS, hour) : null);
};

const DAYS = [0, 1, 2, 3, 4, 5, 6];
const NEIGHBOURS = [-1, 0, 1];

const bandOf = (season: Season, days: readonly number[], hour: number): Band | null => {
  let band: Band | null = null;
  for (const day of days)
    for (const neighbour of NEIGHBOURS) {
      const value = valueAt(season, placeOf(hour + day * HOURS_A_DAY + neighbour));
      if (value === null) continue;
      band =
        band === null
          ? { low: value, high: value }
          : { low: Math.min(band.low, value), high: Math.max(band.high, value) };
    }
  return band;
};

const placeOf = (hour: number): number => ((hour % HOURS_A_WEEK) + HOURS_A_WEEK) % HOURS_A_WEEK;

const valueAt = (season: Season, place: number): number | null => {
  const kept = season[place] ?? UNKNOWN;
  if (kept === UNKNOWN) return null;
  return kept === ZERO ? 0 : Math.exp(kept / THOUSANDTHS);
};

const packed = (value: number): number =>
  value <= 0
    ? ZERO
    : Math.max(ZERO + 1, Math.min(PLACE_MAX, Math.round(THOUSANDTHS * Math.log(value))));
