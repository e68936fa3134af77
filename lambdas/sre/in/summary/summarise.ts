import { firstCharacters } from '../../../shared/characters.ts';
import { latencyBucket } from '../../../ledger/domain/latency-buckets.ts';
import type { LogRecord, Source } from '../../domain/log-record.ts';
import type { Span } from '../../domain/span.ts';
import { WARN, type SignalGroup } from '../../domain/signal.ts';
import {
  bucketOf,
  ENTRIES_A_SUMMARY_MAX,
  failureOf,
  OTHER,
  SAMPLES_A_SHAPE_MAX,
  SHAPES_A_SOURCE_MAX,
  SHAPES_A_SUMMARY_MAX,
  SHAPE_TEXT_CHARACTERS_MAX,
  sourceName,
  type Entry,
  type Failure,
  type Shape,
  type Summary,
} from '../../domain/summary.ts';
import { isFrame } from '../join/frames.ts';
import { isImmediate, rememberingJudge, type ReadSignals, type SignalOf } from './judge.ts';
import { shapeKeyOf } from './shape-key.ts';

/** Counts of a batch by source and bucket; all that windows are made of. */
export const summarise = (records: readonly LogRecord[], signalsOf: ReadSignals): Summary => {
  const tally = newTally();
  const judge = rememberingJudge(signalsOf);
  records.forEach((record, index) => {
    const { severity, signals, isStrong, isPart } = judge(record);
    if (isPart) return;
    const entry = entryAt(tally, record.source, record.timeMs);
    const status = record.http === null || record.http.status === 0 ? null : record.http.status;
    const failure = count(entry, {
      severity,
      status,
      durationMs: record.http?.durationMs ?? null,
      hasSignal: signals.length > 0,
      isImmediate: signals.some(isImmediate),
    });
    // What a client did wrong never speaks for an anomaly.
    if (failure === 'client') return;
    if (severity >= WARN || isStrong) addShape(tally, entry, { record, severity, signals, index });
  });
  return summaryOf(tally);
};

/** Of a batch of spans: the requests that services answered. What a caller saw of them is another service's entry. */
export const summariseSpans = (spans: readonly Span[]): Summary => {
  const tally = newTally();
  for (const { source, startMs, durationMs, kind, isError, http } of spans) {
    if (kind !== SERVER && kind !== CONSUMER) continue;
    count(entryAt(tally, source, startMs), {
      severity: isError ? ERROR : 0,
      status: http === null || http.status === 0 ? null : http.status,
      durationMs,
      hasSignal: false,
      isImmediate: false,
    });
  }
  return summaryOf(tally);
};

const [SERVER, CONSUMER, ERROR] = [2, 5, 17];

type Growing<T> = { -readonly [K in keyof T]: T[K] };

interface Counts extends Growing<Omit<Entry, 'shapes' | 'latencies' | 'statuses'>> {
  readonly statuses: Map<number, number>;
  readonly latencies: Map<number, number>;
  readonly shapes: Map<string, ShapeCounts>;
}

interface ShapeCounts extends Growing<Omit<Shape, 'samples' | 'signals'>> {
  readonly signals: Map<SignalGroup, number>;
  readonly samples: number[];
}

interface Tally {
  readonly entries: Map<string, Counts>;
  /** A batch has few senders, each one object for its records. */
  readonly names: Map<Source, string>;
  /** By the name of a source its newest entry. */
  readonly lastOf: Map<string, Counts>;
  /** Where the record before this one counts: the next one is nearly always of the same source and bucket. */
  last: { readonly source: Source; readonly bucket: number; readonly entry: Counts } | null;
  nameChars: number;
  shapes: number;
}

const newTally = (): Tally => ({
  entries: new Map(),
  names: new Map(),
  lastOf: new Map(),
  last: null,
  nameChars: 0,
  shapes: 0,
});

/** Names of all sources of one summary: an item of the table holds it beside a block. */
const NAME_CHARS_MAX = 40_000;

/**
 * What there is no entry left for counts in the last bucket of its own source, where that has one: a sender that catches up
 * stays itself. Else it counts for `other`, in the bucket of the first of it.
 */
const entryAt = (tally: Tally, source: Source, timeMs: number): Counts => {
  const bucket = bucketOf(timeMs);
  const { last } = tally;
  if (last !== null && last.source === source && last.bucket === bucket) return last.entry;
  const entry = entryOfBucket(tally, source, bucket);
  tally.last = { source, bucket, entry };
  return entry;
};

const entryOfBucket = (tally: Tally, source: Source, bucket: number): Counts => {
  const name = nameOf(tally, source);
  const found = tally.entries.get(`${bucket} ${name}`);
  if (found !== undefined) return found;
  const own = tally.lastOf.get(name);
  if (own !== undefined && tally.entries.size >= ENTRIES_A_SUMMARY_MAX - SPARE_ENTRIES) return own;
  const isFull =
    tally.entries.size >= ENTRIES_A_SUMMARY_MAX - 1 ||
    (own === undefined && tally.nameChars + name.length > NAME_CHARS_MAX);
  const key = isFull ? OTHER_PLACE : `${bucket} ${name}`;
  const other = isFull ? tally.entries.get(key) : undefined;
  if (other !== undefined) return other;
  const entry = newCounts(isFull ? OTHER : source, bucket);
  tally.entries.set(key, entry);
  if (isFull) return entry;
  if (own === undefined) tally.nameChars += name.length;
  tally.lastOf.set(name, entry);
  return entry;
};

/** Left for sources that come later in the batch. */
const SPARE_ENTRIES = 100;

const OTHER_PLACE = 'other';

const nameOf = (tally: Tally, source: Source): string => {
  const known = tally.names.get(source);
  if (known !== undefined) return known;
  const name = sourceName(source);
  tally.names.set(source, name);
  return name;
};

const newCounts = (source: Source, bucket: number): Counts => ({
  source,
  bucket,
  records: 0,
  failing: 0,
  clientFaults: 0,
  authFaults: 0,
  requests: 0,
  statuses: new Map(),
  severity: 0,
  latencies: new Map(),
  shapes: new Map(),
});

interface Counted {
  readonly severity: number;
  readonly status: number | null;
  readonly durationMs: number | null;
  readonly hasSignal: boolean;
  readonly isImmediate: boolean;
}

const count = (entry: Counts, counted: Counted): Failure => {
  const { severity, status, durationMs } = counted;
  entry.records += 1;
  entry.severity = Math.max(entry.severity, severity);
  if (status !== null) entry.requests += 1;
  if (durationMs !== null && status !== null) add(entry.latencies, latencyBucket(durationMs));
  const failure = failureOf(counted);
  switch (failure) {
    case 'failing':
      entry.failing += 1;
      if (status !== null && (status >= 500 || status === 429)) add(entry.statuses, status);
      break;
    case 'client':
      entry.clientFaults += 1;
      break;
    case 'auth':
      entry.authFaults += 1;
      break;
    case 'none':
      break;
  }
  return failure;
};

const add = (counts: Map<number, number>, key: number): void => {
  counts.set(key, (counts.get(key) ?? 0) + 1);
};

interface Judged {
  readonly record: LogRecord;
  readonly severity: number;
  readonly signals: readonly SignalOf[];
  readonly index: number;
}

const addShape = (
  tally: Tally,
  entry: Counts,
  { record, severity, signals, index }: Judged,
): void => {
  const key = shapeKeyOf(record.text);
  let shape = entry.shapes.get(key);
  if (shape === undefined) {
    // Room for what is worse than all that is there is made at the end: here is only a bound of the work.
    if (tally.shapes >= SHAPES_READ_MAX) return;
    tally.shapes += 1;
    shape = {
      text: firstCharacters(inOneLine(record.text), SHAPE_TEXT_CHARACTERS_MAX),
      count: 0,
      severity: 0,
      signals: new Map(),
      exceptionType: null,
      frames: 0,
      samples: [],
    };
    entry.shapes.set(key, shape);
  }
  shape.count += 1;
  shape.severity = Math.max(shape.severity, severity);
  shape.exceptionType ??= record.exceptionType;
  if (record.stack !== null) shape.frames = Math.max(shape.frames, framesOf(record.stack));
  if (shape.samples.length < SAMPLES_A_SHAPE_MAX) shape.samples.push(index);
  for (const { group, weight } of signals)
    shape.signals.set(group, Math.max(shape.signals.get(group) ?? 0, weight));
};

const SHAPES_READ_MAX = 4_096;
const BLANKS = /\s+/g;
const LINE_BREAK = /[\r\n]/;

/** Blanks with a line's end among them are one: each run is looked at once, for some lines are nothing but blanks. */
const inOneLine = (text: string): string =>
  text.replaceAll(BLANKS, (blanks) => (LINE_BREAK.test(blanks) ? ' ' : blanks));

const FRAMES_READ_MAX = 200;

const framesOf = (stack: string): number =>
  stack.split('\n', FRAMES_READ_MAX).filter((line) => isFrame(line)).length;

const summaryOf = ({ entries }: Tally): Summary => {
  const all = [...entries.values()].map(entryOf);
  const kept = new Set(
    all
      .flatMap(({ shapes }) => shapes)
      .toSorted(byWeight)
      .slice(0, SHAPES_A_SUMMARY_MAX),
  );
  return all.map((entry) => ({
    ...entry,
    shapes: entry.shapes.filter((shape) => kept.has(shape)),
  }));
};

const entryOf = ({ statuses, latencies, shapes, ...counts }: Counts): Entry => ({
  ...counts,
  statuses: Object.fromEntries(statuses),
  latencies: [...latencies],
  shapes: [...shapes.values()].map(shapeOf).toSorted(byWeight).slice(0, SHAPES_A_SOURCE_MAX),
});

const shapeOf = ({ signals, ...shape }: ShapeCounts): Shape => ({
  ...shape,
  signals: [...signals].map(([group, weight]) => ({ group, weight })),
});

/** What an incident would be made of first: strong signals, then severity, then number. */
const byWeight = (left: Shape, right: Shape): number =>
  strongest(right) - strongest(left) || right.severity - left.severity || right.count - left.count;

const strongest = ({ signals }: Shape): number =>
  Math.max(0, ...signals.map(({ weight }) => weight));
