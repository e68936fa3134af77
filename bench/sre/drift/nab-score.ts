/**
 * The score of the Numenta Anomaly Benchmark, from its paper (Lavin and Ahmad 2015, https://arxiv.org/abs/1510.03336) with
 * the weights of its standard profile. A window around each anomaly, a tenth of the series wide in all; the earliest
 * detection within it counts, by a sigmoid of its place; one outside costs more the farther it is from the last window.
 */
const WEIGHTS = { truePositive: 1, falsePositive: 0.11, falseNegative: 1 };
const WINDOWS_SHARE = 0.1;
const PROBATION_SHARE = 0.15;
const PROBATION_ROWS_MAX = 5_000;
/** So many widths behind a window a false alarm costs all that one can. */
const FAR = 3;

/** Rows of a window, both included. */
export interface NabWindow {
  readonly from: number;
  readonly to: number;
}

export interface NabSeries {
  readonly rows: number;
  readonly windows: readonly NabWindow[];
  /** Rows at the start in which nothing counts. */
  readonly probation: number;
}

/** What a row is worth if it is told, and the window that it is in; null: none. */
interface Row {
  readonly window: number | null;
  readonly worth: number;
}

export interface NabWeights {
  readonly truePositive: number;
  readonly falsePositive: number;
  readonly falseNegative: number;
}

/** A window for each anomaly, around the row where it begins. */
export const nabSeries = (rows: number, onsets: readonly number[]): NabSeries => {
  const half = Math.floor((WINDOWS_SHARE * rows) / Math.max(1, onsets.length) / 2);
  return {
    rows,
    windows: onsets.map((onset) => ({
      from: Math.max(0, onset - half),
      to: Math.min(rows - 1, onset + half),
    })),
    probation: Math.floor(PROBATION_SHARE * Math.min(rows, PROBATION_ROWS_MAX)),
  };
};

/** From nearly 1 at the left edge of a window to 0 at its right edge, and down to -1 behind it. */
export const scaledSigmoid = (place: number): number =>
  place >= FAR ? -1 : 2 / (1 + Math.exp(5 * place)) - 1;

/** What the rows that are told are worth, not normalised. */
export const rawScore = (
  series: NabSeries,
  told: readonly number[],
  weights: NabWeights = WEIGHTS,
): number => {
  const rows = rowsOf(series, weights);
  const best = new Map(scoredWindows(series).map((window) => [window, -weights.falseNegative]));
  let wrong = 0;
  for (const at of told) {
    const row = rows[at];
    if (row === undefined || at < series.probation) continue;
    if (row.window === null) wrong += row.worth;
    else best.set(row.window, Math.max(best.get(row.window) ?? row.worth, row.worth));
  }
  return [...best.values()].reduce((sum, worth) => sum + worth, wrong);
};

/** 100: each anomaly at once and nothing else; 0: nothing is ever told. */
export const nabScore = (
  corpus: readonly { readonly series: NabSeries; readonly told: readonly number[] }[],
): number => {
  const windows = corpus.reduce((sum, { series }) => sum + scoredWindows(series).length, 0);
  const raw = corpus.reduce((sum, { series, told }) => sum + rawScore(series, told), 0);
  const nothing = -WEIGHTS.falseNegative * windows;
  return (100 * (raw - nothing)) / (WEIGHTS.truePositive * windows - nothing);
};

/** The threshold that serves a detector of scores best, one for the whole corpus, as the benchmark gives it to each. */
export const bestThreshold = (
  corpus: readonly { readonly series: NabSeries; readonly scores: readonly number[] }[],
  toldOf: (scores: readonly number[], threshold: number) => readonly number[],
): { readonly threshold: number; readonly score: number } => {
  const all = corpus.flatMap(({ scores }) => scores).toSorted((left, right) => right - left);
  let best = { threshold: Infinity, score: 0 };
  for (const threshold of candidates(all)) {
    const score = nabScore(
      corpus.map(({ series, scores }) => ({ series, told: toldOf(scores, threshold) })),
    );
    if (score > best.score) best = { threshold, score };
  }
  return best;
};

const CANDIDATES = 400;

/** Ranks that lie close together at the top, where thresholds are. */
const candidates = (falling: readonly number[]): readonly number[] => {
  const ranks = Array.from({ length: CANDIDATES }, (_, step) =>
    Math.floor(Math.exp((step / CANDIDATES) * Math.log(Math.max(1, falling.length)))),
  );
  return [...new Set(ranks.map((rank) => falling[rank - 1] ?? 0))];
};

const scoredWindows = ({ windows, probation }: NabSeries): readonly number[] =>
  windows.flatMap(({ to }, index) => (to >= probation ? [index] : []));

const rowsOf = ({ rows, windows }: NabSeries, weights: NabWeights): readonly Row[] => {
  const most = scaledSigmoid(-1);
  return Array.from({ length: rows }, (_, at): Row => {
    const window = windows.findIndex(({ from, to }) => at >= from && at <= to);
    const within = windows[window];
    if (within !== undefined) {
      const width = within.to - within.from + 1;
      const place = -(within.to - at + 1) / width;
      return { window, worth: (scaledSigmoid(place) * weights.truePositive) / most };
    }
    const before = windows.filter(({ to }) => to < at).at(-1);
    const place =
      before === undefined ? FAR : (at - before.to) / Math.max(1, before.to - before.from);
    return { window: null, worth: scaledSigmoid(place) * weights.falsePositive };
  });
};
