import {
  burnOn,
  learn,
  NO_BASELINE,
  NO_BURN,
  type Baseline,
  type Burn,
  type Share,
} from '../score/statistics.ts';
import type { Band } from '../score/composite.ts';
import { LATENCY_BUCKET_COUNT } from '../../ledger/domain/latency-buckets.ts';
import { addToHours, newHours, type Hours } from './hours.ts';
import type { Source } from './log-record.ts';
import type { Entry } from './summary.ts';

/** Buckets that are judged again and again, the one that runs among them: records up to 50 s late speak in their own. */
export const OPEN_BUCKETS = 6;
/** Buckets that a window keeps by themselves: five minutes of context, those that are open, those of fast clocks. */
export const KEPT_BUCKETS = 42;
/** A baseline stands still while something is wrong, and no longer than an hour: then that is the new normal. */
const FROZEN_BUCKETS_MAX = 360;
/** A day: a source of which nothing came for so long is forgotten, and a baseline that old means nothing. */
export const FORGOTTEN_BUCKETS = 8_640;
const USUAL_BUCKETS = 360;
const GAP_FADE = 0.98;

/** What was counted of one source in one bucket, exactly. */
export interface Counts {
  readonly bucket: number;
  readonly records: number;
  readonly failing: number;
  readonly clientFaults: number;
  readonly authFaults: number;
  readonly requests: number;
  /** Requests that failed by their status, but for what clients did wrong. */
  readonly failedRequests: number;
}

export type EpisodeKind =
  | 'failures'
  | 'burn'
  | 'drift'
  | 'went_silent'
  | 'telemetry_lost'
  | 'oom'
  | 'crash'
  | 'resource';

/** An anomaly that is not over. */
export interface Episode {
  readonly kind: EpisodeKind;
  readonly openedBucket: number;
  /** The last bucket in which it showed. */
  readonly lastBucket: number;
  /** null: it was found in this very fold, and has no score yet. */
  readonly band: Band | null;
  readonly revision: number;
}

/** All that is known of a source: exact counts of the last minutes, and what is usual. */
export interface SourceWindow {
  readonly source: Source;
  readonly firstBucket: number;
  /** The last bucket that was learned. */
  readonly closedBucket: number;
  /** The last bucket in which something arrived, by the clock of the functions that store it. */
  readonly arrivedBucket: number;
  /** Buckets that usually lie between two arrivals: exporters send batches. */
  readonly gapBuckets: number;
  /** In order; empty ones are left out. */
  readonly buckets: readonly Counts[];
  readonly baseline: Baseline;
  readonly burn: Burn;
  /** What usually fails, of records and of requests. */
  readonly usualRecords: Share;
  readonly usualRequests: Share;
  /** Requests by latency, forgetting over an hour. */
  readonly latencies: readonly number[];
  readonly hours: Hours;
  readonly open: readonly Episode[];
}

export const newWindow = (source: Source, bucket: number, arrivedBucket: number): SourceWindow => ({
  source,
  firstBucket: bucket,
  // What was before it nobody counted.
  closedBucket: Math.max(bucket, arrivedBucket - OPEN_BUCKETS) - 1,
  arrivedBucket,
  gapBuckets: 1,
  buckets: [],
  baseline: NO_BASELINE,
  burn: NO_BURN,
  usualRecords: { total: 0, failing: 0 },
  usualRequests: { total: 0, failing: 0 },
  latencies: Array.from({ length: LATENCY_BUCKET_COUNT }, () => 0),
  hours: newHours(Math.max(bucket, arrivedBucket - OPEN_BUCKETS)),
  open: [],
});

/** Adds what one block says of the source in one bucket. A bucket older than those kept is gone. */
export const addEntry = (
  window: SourceWindow,
  entry: Entry,
  arrivedBucket: number,
): SourceWindow => {
  const newest = Math.max(entry.bucket, window.buckets.at(-1)?.bucket ?? entry.bucket);
  const others = window.buckets.filter(({ bucket }) => bucket !== entry.bucket);
  const sum = addCounts(countsAt(window, entry.bucket), entry);
  const gap = arrivedBucket - window.arrivedBucket;
  return {
    ...window,
    firstBucket: Math.min(window.firstBucket, entry.bucket),
    arrivedBucket: Math.max(window.arrivedBucket, arrivedBucket),
    gapBuckets: gap > 0 ? Math.max(1, gap, window.gapBuckets * GAP_FADE) : window.gapBuckets,
    buckets: [...others, sum]
      .filter(({ bucket }) => bucket > newest - KEPT_BUCKETS)
      .toSorted((left, right) => left.bucket - right.bucket),
    latencies:
      entry.latencies.length === 0 ? window.latencies : addLatencies(window.latencies, entry),
    hours: addToHours(window.hours, entry),
  };
};

const addLatencies = (latencies: readonly number[], entry: Entry): readonly number[] => {
  const sums = [...latencies];
  for (const [place, count] of entry.latencies) sums[place] = (sums[place] ?? 0) + count;
  return sums;
};

const addCounts = (counts: Counts, entry: Entry): Counts => ({
  bucket: counts.bucket,
  records: counts.records + entry.records,
  failing: counts.failing + entry.failing,
  clientFaults: counts.clientFaults + entry.clientFaults,
  authFaults: counts.authFaults + entry.authFaults,
  requests: counts.requests + entry.requests,
  failedRequests:
    counts.failedRequests + Object.values(entry.statuses).reduce((sum, count) => sum + count, 0),
});

export const countsAt = ({ buckets }: SourceWindow, bucket: number): Counts =>
  buckets.find((counts) => counts.bucket === bucket) ?? emptyCounts(bucket);

const emptyCounts = (bucket: number): Counts => ({
  bucket,
  records: 0,
  failing: 0,
  clientFaults: 0,
  authFaults: 0,
  requests: 0,
  failedRequests: 0,
});

/** Sums from one bucket to another, both included. */
export const countsBetween = ({ buckets }: SourceWindow, from: number, to: number): Counts =>
  buckets
    .filter(({ bucket }) => bucket >= from && bucket <= to)
    .reduce(
      (sum, counts) => ({
        bucket: to,
        records: sum.records + counts.records,
        failing: sum.failing + counts.failing,
        clientFaults: sum.clientFaults + counts.clientFaults,
        authFaults: sum.authFaults + counts.authFaults,
        requests: sum.requests + counts.requests,
        failedRequests: sum.failedRequests + counts.failedRequests,
      }),
      emptyCounts(to),
    );

/** Refused callers are a failure of the service when they are half of the requests or more. */
const refusals = ({ authFaults, requests }: Counts): number =>
  2 * authFaults >= requests ? authFaults : 0;

export const failuresOf = (counts: Counts): number => counts.failing + refusals(counts);

export const recordShare = (counts: Counts): Share => ({
  total: counts.records,
  failing: failuresOf(counts),
});

export const requestShare = (counts: Counts): Share => ({
  total: counts.requests,
  failing: Math.min(counts.requests, counts.failedRequests + refusals(counts)),
});

/** Learns every bucket up to `bucket` that was not learned yet. */
export const closeBuckets = (
  window: SourceWindow,
  bucket: number,
  isIncident: boolean,
): SourceWindow => {
  if (bucket <= window.closedBucket) return window;
  if (bucket - window.closedBucket > FORGOTTEN_BUCKETS)
    return { ...forgotten(window), closedBucket: bucket };
  let { baseline, burn, usualRecords, usualRequests, latencies } = window;
  for (let next = window.closedBucket + 1; next <= bucket; next++) {
    const counts = countsAt(window, next);
    const isFrozen = isIncident || isFrozenAt(window, next);
    burn = burnOn(burn, recordShare(counts), isFrozen);
    if (isFrozen || isGap(counts, baseline, usualRecords)) continue;
    baseline = learn(baseline, failuresOf(counts));
    usualRecords = fade(usualRecords, recordShare(counts));
    usualRequests = fade(usualRequests, requestShare(counts));
  }
  const kept = (1 - 1 / USUAL_BUCKETS) ** (bucket - window.closedBucket);
  latencies = latencies.map((count) => count * kept);
  return {
    ...window,
    closedBucket: bucket,
    baseline,
    burn,
    usualRecords,
    usualRequests,
    latencies,
  };
};

const SPOKEN_RECORDS_MIN = 5;

/** An empty bucket of a source that speaks steadily says that nothing was heard, not that nothing failed. */
const isGap = ({ records }: Counts, { buckets }: Baseline, { total }: Share): boolean =>
  records === 0 && total >= SPOKEN_RECORDS_MIN * Math.max(1, learnedBuckets(buckets));

/** Buckets that sums which fade still hold, in whole ones. */
const learnedBuckets = (buckets: number): number =>
  USUAL_BUCKETS * (1 - (1 - 1 / USUAL_BUCKETS) ** buckets);

/** What a source usually sends in a bucket, as far as it was learned. */
export const usualRecordsABucket = ({ usualRecords, baseline }: SourceWindow): number =>
  usualRecords.total / Math.max(1, learnedBuckets(baseline.buckets));

const forgotten = (window: SourceWindow): SourceWindow => ({
  ...newWindow(window.source, window.firstBucket, window.arrivedBucket),
  buckets: window.buckets,
  open: window.open,
});

const isFrozenAt = ({ open }: SourceWindow, bucket: number): boolean =>
  open.some(
    ({ kind, openedBucket }) =>
      (kind === 'failures' || kind === 'burn') && bucket - openedBucket <= FROZEN_BUCKETS_MAX,
  );

const fade = (sum: Share, { total, failing }: Share): Share => ({
  total: sum.total * (1 - 1 / USUAL_BUCKETS) + total,
  failing: sum.failing * (1 - 1 / USUAL_BUCKETS) + failing,
});
