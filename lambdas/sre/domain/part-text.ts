import * as z from 'zod';
import { LATENCY_BUCKET_COUNT } from '../../ledger/domain/latency-buckets.ts';
import type { Part } from './part.ts';
import { newHours, type Hours } from './hours.ts';
import { sourceName } from './summary.ts';
import type { Counts, Episode, EpisodeKind, SourceWindow } from './window.ts';

const count = z.number().int();
const share = z.tuple([z.number(), z.number()]);
const KINDS = [
  'failures',
  'burn',
  'drift',
  'went_silent',
  'telemetry_lost',
  'oom',
  'crash',
  'resource',
] as const;
const BANDS = ['critical', 'high', 'medium', 'low'] as const;
const kind = z.enum(KINDS) satisfies z.ZodType<EpisodeKind>;
const episodeRow = z.tuple([kind, count, count, z.enum(BANDS).nullable(), count]);
const hourRow = z.tuple([
  z.tuple([count, count, count, z.union([z.literal(0), z.literal(1)])]),
  z.array(z.tuple([count, count])),
  z.array(z.tuple([z.string(), count, z.string().nullable()])),
]);
const hoursRow = z.tuple([count, z.array(z.string()), z.array(hourRow)]);
const windowRow = z.tuple([
  z.tuple([z.string(), z.string(), z.string()]),
  z.tuple([count, count, count, z.number()]),
  /** Seven a bucket, in one row: there are many. */
  z.array(z.number()),
  z.tuple([z.number(), z.number(), z.number()]),
  z.tuple([share, share, share, share, count]),
  z.tuple([share, share]),
  z.array(z.tuple([count, z.number()])),
  z.array(episodeRow),
  /** Absent in what was stored before hours were. */
  hoursRow.optional(),
]);
const stored = z.tuple([
  z.literal(1),
  z.number(),
  /** Whole seconds before the cursor, and the blocks of that second, six bytes each in base64. */
  z.array(z.tuple([count, z.string()])),
  count,
  count,
  z.array(windowRow),
  episodeRow.nullable(),
]);
type WindowRow = z.infer<typeof windowRow>;
type EpisodeRow = z.infer<typeof episodeRow>;

/** A part as it is stored: arrays in a stated order; averages to six digits, counts exact. */
export const partText = (part: Part): string =>
  JSON.stringify([
    1,
    part.cursorMs,
    seenRows(part),
    part.floorMs,
    part.folded,
    [...part.windows.values()].map(windowRowOf),
    part.lost === null ? null : episodeRowOf(part.lost),
  ]);

const SECOND_MS = 1_000;

/** Rounded up: what is forgotten too early would be folded twice. */
const seenRows = ({ seen, cursorMs }: Part): readonly (readonly [number, string])[] => {
  const seconds = Map.groupBy(seen, ([, stampMs]) => Math.floor((cursorMs - stampMs) / SECOND_MS));
  return [...seconds].map(([before, blocks]) => {
    const hex = blocks.map(([block]) => block).join('');
    return [before, Buffer.from(hex, 'hex').toString('base64')];
  });
};

const HEX_A_BLOCK = /.{12}/g;

const seenOf = (
  [before, packed]: readonly [number, string],
  cursorMs: number,
): readonly (readonly [string, number])[] => {
  const hex = Buffer.from(packed, 'base64').toString('hex');
  return (hex.match(HEX_A_BLOCK) ?? []).map((block) => [block, cursorMs - before * SECOND_MS]);
};

const windowRowOf = (window: SourceWindow): WindowRow => {
  const { source, baseline, burn, usualRecords, usualRequests, closedBucket } = window;
  return [
    [source.environment, source.namespace, source.service],
    [window.firstBucket, closedBucket, window.arrivedBucket, short(window.gapBuckets)],
    window.buckets.flatMap((counts) => [
      counts.bucket - closedBucket,
      counts.records,
      counts.failing,
      counts.clientFaults,
      counts.authFaults,
      counts.requests,
      counts.failedRequests,
    ]),
    [baseline.buckets, short(baseline.mean), short(baseline.variance)],
    [
      shareOf(burn.minutes),
      shareOf(burn.hour),
      shareOf(burn.hours),
      shareOf(burn.day),
      burn.buckets,
    ],
    [shareOf(usualRecords), shareOf(usualRequests)],
    window.latencies.flatMap((times, place) =>
      times < LATENCY_COUNT_MIN ? [] : [[place, short(times)] satisfies [number, number]],
    ),
    window.open.map(episodeRowOf),
    hoursRowOf(window.hours),
  ];
};

const hoursRowOf = ({ kept, doneHour, known }: Hours): z.infer<typeof hoursRow> => [
  doneHour,
  [...known],
  kept.map(({ hour, records, failing, isTroubled, latencies, lines }) => [
    [hour - doneHour, records, failing, isTroubled ? 1 : 0],
    [...latencies],
    [...lines].map(([key, line]) => [key, line.count, line.text]),
  ]),
];

/** What is left of a request after some hours says nothing. */
const LATENCY_COUNT_MIN = 0.01;

const short = (figure: number): number => Number(figure.toPrecision(6));

const shareOf = ({ total, failing }: { total: number; failing: number }): [number, number] => [
  short(total),
  short(failing),
];

const episodeRowOf = (episode: Episode): EpisodeRow => [
  episode.kind,
  episode.openedBucket,
  episode.lastBucket,
  episode.band,
  episode.revision,
];

/** Throws on what `partText` did not write. */
export const readPart = (text: string): Part => {
  const [, cursorMs, seen, floorMs, folded, rows, lost] = stored.parse(JSON.parse(text));
  const windows = rows.map(windowOf);
  return {
    cursorMs,
    seen: new Map(seen.flatMap((row) => seenOf(row, cursorMs))),
    floorMs,
    folded,
    windows: new Map(windows.map((window) => [sourceName(window.source), window])),
    lost: lost === null ? null : episodeOf(lost),
  };
};

const windowOf = (row: WindowRow): SourceWindow => {
  const [source, times, buckets, baseline, burn, usual, latencies, open, hours] = row;
  const [environment, namespace, service] = source;
  const [firstBucket, closedBucket, arrivedBucket, gapBuckets] = times;
  return {
    source: { environment, namespace, service },
    firstBucket,
    closedBucket,
    arrivedBucket,
    gapBuckets,
    buckets: Array.from({ length: buckets.length / FIGURES_A_BUCKET }, (_, index) =>
      countsOf(buckets, index * FIGURES_A_BUCKET, closedBucket),
    ),
    baseline: { buckets: baseline[0], mean: baseline[1], variance: baseline[2] },
    burn: {
      minutes: readShare(burn[0]),
      hour: readShare(burn[1]),
      hours: readShare(burn[2]),
      day: readShare(burn[3]),
      buckets: burn[4],
    },
    usualRecords: readShare(usual[0]),
    usualRequests: readShare(usual[1]),
    latencies: latenciesOf(latencies),
    hours: hours === undefined ? newHours(arrivedBucket) : hoursOf(hours),
    open: open.map(episodeOf),
  };
};

const hoursOf = ([doneHour, known, kept]: z.infer<typeof hoursRow>): Hours => ({
  doneHour,
  known: new Set(known),
  kept: kept.map(([[after, records, failing, isTroubled], latencies, lines]) => ({
    hour: doneHour + after,
    records,
    failing,
    isTroubled: isTroubled === 1,
    latencies: new Map(latencies),
    lines: new Map(lines.map(([key, times, text]) => [key, { count: times, text }])),
  })),
});

const FIGURES_A_BUCKET = 7;

const countsOf = (figures: readonly number[], at: number, closedBucket: number): Counts => ({
  bucket: closedBucket + (figures[at] ?? 0),
  records: figures[at + 1] ?? 0,
  failing: figures[at + 2] ?? 0,
  clientFaults: figures[at + 3] ?? 0,
  authFaults: figures[at + 4] ?? 0,
  requests: figures[at + 5] ?? 0,
  failedRequests: figures[at + 6] ?? 0,
});

const readShare = ([total, failing]: readonly [number, number]) => ({ total, failing });

const latenciesOf = (sparse: readonly (readonly [number, number])[]): readonly number[] => {
  const counts = Array.from({ length: LATENCY_BUCKET_COUNT }, () => 0);
  for (const [place, times] of sparse) counts[place] = times;
  return counts;
};

const episodeOf = ([name, openedBucket, lastBucket, band, revision]: EpisodeRow): Episode => ({
  kind: name,
  openedBucket,
  lastBucket,
  band,
  revision,
});
