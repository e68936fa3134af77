import {
  isRateBroken,
  isSilent,
  judgeBuckets,
  medianOf,
  SILENT_HISTORY_BUCKETS,
  slowBurn,
  type Burst,
  type Sensitivity,
  type SlowBurn,
} from '../score/statistics.ts';
import { IMMEDIATE_GROUPS } from './signal.ts';
import type { FoundDrift } from './source-drift.ts';
import { isImmediate, type Entry, type Shape } from './summary.ts';
import {
  countsAt,
  countsBetween,
  failuresOf,
  OPEN_BUCKETS,
  recordShare,
  requestShare,
  type EpisodeKind,
  type SourceWindow,
} from './window.ts';

/** What a rule found in one source. */
export interface Finding {
  readonly kind: EpisodeKind;
  /** Where it shows. */
  readonly bucket: number;
  /** How many buckets up to that one were looked at. */
  readonly span: number;
  readonly burst: Burst | null;
  readonly isRateBroken: boolean;
  readonly burn: SlowBurn | null;
  readonly drift: FoundDrift | null;
}

const finding = (kind: EpisodeKind, bucket: number, more: Partial<Finding> = {}): Finding => ({
  kind,
  bucket,
  span: 1,
  burst: null,
  isRateBroken: false,
  burn: null,
  drift: null,
  ...more,
});

export const driftFinding = (bucket: number, drift: FoundDrift): Finding =>
  finding('drift', bucket, { drift });

const BURST_SPAN = 3;
/** Sums that the rate rule looks at: what is rare needs a minute for its twenty. */
const RATE_SPANS = [1, 3, OPEN_BUCKETS];

/** Judges each bucket that is open at `now` by what is usual without them, in order. */
export const findFailures = (
  window: SourceWindow,
  now: number,
  sensitivity: Sensitivity,
): readonly Finding[] => {
  const found: Finding[] = [];
  for (let bucket = now - OPEN_BUCKETS + 1; bucket <= now; bucket++) {
    const next = failuresAt(window, bucket, sensitivity);
    if (next !== null) found.push(next);
  }
  const burn = found.length > 0 || isBurst(window) ? null : slowBurn(window.burn);
  return burn === null ? found : [finding('burn', now, { burn, span: OPEN_BUCKETS })];
};

/** Of two findings of one kind the one that says more, and of equal ones the later. */
export const stronger = (left: Finding, right: Finding): Finding => {
  const weight = ({ burst, isRateBroken: isBroken }: Finding): number =>
    (burst?.z ?? 0) + (isBroken ? 1_000 : 0);
  return weight(right) >= weight(left) ? right : left;
};

/** What burns fast was reported already. */
const isBurst = ({ open }: SourceWindow): boolean => open.some(({ kind }) => kind === 'failures');

const failuresAt = (
  window: SourceWindow,
  bucket: number,
  sensitivity: Sensitivity,
): Finding | null => {
  const failures = failuresOf(countsAt(window, bucket));
  if (failures === 0) return null;
  const counts = [bucket - 2, bucket - 1].map((at) => failuresOf(countsAt(window, at)));
  const burst = judgeBuckets([...counts, failures], window.baseline, sensitivity);
  const span = RATE_SPANS.find((buckets) => isBroken(window, bucket, buckets));
  if (burst === null && span === undefined) return null;
  return finding('failures', bucket, {
    span: Math.max(span ?? 1, burst === null ? 1 : BURST_SPAN),
    burst,
    isRateBroken: span !== undefined,
  });
};

const isBroken = (window: SourceWindow, bucket: number, buckets: number): boolean => {
  const counts = countsBetween(window, bucket - buckets + 1, bucket);
  return (
    isRateBroken(recordShare(counts), window.usualRecords) ||
    isRateBroken(requestShare(counts), window.usualRequests)
  );
};

/** Lines that need no window, each kind once. */
export const findImmediate = (entry: Entry): readonly Finding[] =>
  IMMEDIATE_KINDS.filter((kind) => entry.shapes.some((shape) => immediateKind(shape) === kind)).map(
    (kind) => finding(kind, entry.bucket),
  );

/** A line is of one kind, that of its strongest signal: a process that runs out of memory also crashes. */
export const immediateKind = (shape: Shape): ImmediateKind | null => {
  if (!isImmediate(shape)) return null;
  const weightOf = (kind: ImmediateKind): number =>
    shape.signals.find(({ group }) => group === kind)?.weight ?? 0;
  return IMMEDIATE_KINDS.reduce((best, kind) => (weightOf(kind) > weightOf(best) ? kind : best));
};

type ImmediateKind = 'oom' | 'crash' | 'resource';
const isKind = (group: string): group is ImmediateKind =>
  ['oom', 'crash', 'resource'].includes(group);
const IMMEDIATE_KINDS = IMMEDIATE_GROUPS.filter(isKind);

/** Whole buckets without an arrival; the one that is not over does not count. */
export const emptyBuckets = ({ arrivedBucket }: SourceWindow, now: number): number =>
  Math.max(0, now - arrivedBucket - 1);

/** Records a bucket while it spoke, the middle of 30; 0: it is younger than that. */
export const medianRecords = (window: SourceWindow): number => {
  const { arrivedBucket, firstBucket } = window;
  const from = arrivedBucket - SILENT_HISTORY_BUCKETS;
  if (firstBucket > from) return 0;
  return medianOf(
    Array.from(
      { length: SILENT_HISTORY_BUCKETS },
      (_, index) => countsAt(window, from + index).records,
    ),
  );
};

/** A source that spoke steadily and does not any more. Whether others of its tenant still do, the caller knows. */
export const findSilence = (window: SourceWindow, now: number): Finding | null =>
  emptyBuckets(window, now) >= 3 &&
  isSilent({
    median: medianRecords(window),
    emptyBuckets: emptyBuckets(window, now),
    usualGapBuckets: window.gapBuckets,
  })
    ? finding('went_silent', now)
    : null;

const LOST_BUCKETS_MIN = 6;

/** Nothing arrives from a whole tenant for a minute, though some source of it spoke steadily. */
export const findLoss = (windows: readonly SourceWindow[], now: number): Finding | null => {
  const isAllQuiet = windows.every((window) => {
    const limit = Math.max(LOST_BUCKETS_MIN, Math.ceil(2 * window.gapBuckets));
    return emptyBuckets(window, now) >= limit;
  });
  const wasSteady = windows.some((window) => medianRecords(window) >= 5);
  return windows.length > 0 && isAllQuiet && wasSteady ? finding('telemetry_lost', now) : null;
};
