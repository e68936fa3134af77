import * as z from 'zod';
import type { Direction } from '../score/drift/rules.ts';
import type { DriftSeries } from '../score/drift/series.ts';
import type { SourceDrift } from './source-drift.ts';

const DIRECTIONS = ['up', 'down', 'spread'] as const satisfies readonly Direction[];
const count = z.number().int();
const seriesRow = z.tuple([
  /** 168 hours of two bytes, in base64. */
  z.string(),
  z.tuple([count, count, count, count]),
  z.number(),
  z.array(z.tuple([z.number(), z.number(), z.number()])),
  z.tuple([count, z.enum(DIRECTIONS)]).nullable(),
]);
const stored = z.tuple([
  z.literal(1),
  count,
  z.tuple([seriesRow, seriesRow, seriesRow]),
  z.array(z.tuple([z.string(), z.string(), z.number(), seriesRow])),
]);
type SeriesRow = z.infer<typeof seriesRow>;

/** What is known of a source by the hour, as it is stored: arrays in a stated order, averages to five digits. */
export const driftText = ({ hour, series, lines }: SourceDrift): string =>
  JSON.stringify([
    1,
    hour,
    [rowOf(series.records), rowOf(series.failures), rowOf(series.p95)],
    [...lines].map(([key, line]) => [key, line.text, short(line.level), rowOf(line.series)]),
  ]);

/** Throws on what `driftText` did not write. */
export const readDrift = (text: string): SourceDrift => {
  const [, hour, [records, failures, p95], lines] = stored.parse(JSON.parse(text));
  return {
    hour,
    series: { records: seriesOf(records), failures: seriesOf(failures), p95: seriesOf(p95) },
    lines: new Map(
      lines.map(([key, line, level, row]) => [key, { text: line, level, series: seriesOf(row) }]),
    ),
  };
};

const short = (figure: number): number => Number(figure.toPrecision(5));

const rowOf = ({ season, drifting, ...series }: DriftSeries): SeriesRow => [
  Buffer.from(season.buffer, season.byteOffset, season.byteLength).toString('base64'),
  [series.learned, series.judged, series.run, series.overHour],
  short(series.unrest),
  series.scales.map(({ came, usual, dispersion }) => [
    short(came),
    short(usual),
    short(dispersion),
  ]),
  drifting === null ? null : [drifting.sinceHour, drifting.direction],
];

const seriesOf = ([packed, counts, unrest, scales, drifting]: SeriesRow): DriftSeries => {
  const [learned, judged, run, overHour] = counts;
  return {
    season: Int16Array.from(new Int16Array(Uint8Array.from(Buffer.from(packed, 'base64')).buffer)),
    learned,
    judged,
    scales: scales.map(([came, usual, dispersion]) => ({ came, usual, dispersion })),
    unrest,
    run,
    drifting: drifting === null ? null : { sinceHour: drifting[0], direction: drifting[1] },
    overHour,
  };
};
