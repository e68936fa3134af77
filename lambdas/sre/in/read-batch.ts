import { createHash } from 'node:crypto';
import type { Batch } from '../domain/batch.ts';
import { boundSummary } from '../domain/bound-summary.ts';
import { OTHER, type Summary } from '../domain/summary.ts';
import { encodeLogBlock } from './blocks/log-block.ts';
import { encodeMetricBlock } from './blocks/metric-block.ts';
import { encodeSpanBlock } from './blocks/span-block.ts';
import { joinRecords } from './join/join-records.ts';
import { ANSWER_REASONS_MAX } from './limits.ts';
import { batchMasker, type Masker } from './mask/masker.ts';
import {
  addReason,
  countOf,
  itemsOf,
  reasonText,
  type Item,
  type Reasons,
} from './normalise/drafts.ts';
import { logRecordsOf, type Reading } from './normalise/log-records.ts';
import { metricMinutesOf } from './normalise/metrics.ts';
import { spansOf } from './normalise/spans.ts';
import type { SkewMemory } from './normalise/times.ts';
import { SIGNALS, type Signal } from './otlp/otlp-types.ts';
import { readOtlp, type OtlpInput } from './otlp/read-otlp.ts';
import type { Message } from './otlp/values.ts';
import type { ReadSignals } from './summary/judge.ts';
import { summarise, summariseSpans } from './summary/summarise.ts';

export interface BatchReaderDeps {
  readonly masker: Masker;
  readonly skews: SkewMemory;
  readonly signalsOf: ReadSignals;
}

/**
 * From the bytes of one request to its block and summary: decoded, normalised, masked, joined, packed. What cannot be read
 * is rejected by itself, with a reason in `message`. Throws AppError (400, 413, 415) for a request as a whole.
 */
export const readBatch = (deps: BatchReaderDeps, input: OtlpInput, nowMs: number): Batch => {
  const { signal, message, hash, bytes } = readOtlp(input);
  const { items, rejected, folded } = itemsOf(signal, message, deps.masker);
  const changed: Reasons = new Map(folded);
  reportEmpty(signal, message, changed);
  const reading = { arrivalMs: nowMs, skews: deps.skews, masker: batchMasker(deps.masker) };
  const { hasTimes = true, ...packed } = PACK[signal](items, { deps, reading, rejected, changed });
  tellFolded(boundSummary(packed.summary), countOf(folded), changed);
  const told: Reasons = new Map([...rejected, ...changed]);
  return {
    kind: signal,
    hash: hasTimes ? hash : momentOf(hash, nowMs),
    bytes,
    rejected: countOf(rejected),
    message: reasonText(told, ANSWER_REASONS_MAX),
    ...packed,
    ...(packed.fromMs === Number.POSITIVE_INFINITY ? { fromMs: nowMs, toMs: nowMs } : {}),
  };
};

/** OTLP ignores fields that it does not know. The answer to a body of nothing else says that nothing of it is stored. */
const reportEmpty = (signal: Signal, message: Message, changed: Reasons): void => {
  const { resources } = SIGNALS[signal];
  if (Object.keys(message).length > 0 && !(resources in message))
    addReason(changed, `a body without ${resources}, of which nothing is stored`);
};

/** Windows see of a batch what its summary says: whoever counts for `other` there is no service of its own. */
const tellFolded = (summary: Summary, known: number, changed: Reasons): void => {
  const other = summary.reduce(
    (sum, { source, records }) => (source === OTHER ? sum + records : sum),
    0,
  );
  if (other > known)
    addReason(
      changed,
      "counted for 'other': too many services and times in one batch",
      other - known,
    );
};

const REPEAT_MS = 5 * 60_000;

/** Without a time of its own, the same line is another event some minutes later, not the same batch again. */
const momentOf = (hash: string, nowMs: number): string =>
  createHash('sha256')
    .update(`${hash} ${Math.floor(nowMs / REPEAT_MS)}`)
    .digest('hex');

interface Packing {
  readonly deps: BatchReaderDeps;
  readonly reading: Reading;
  readonly rejected: Reasons;
  readonly changed: Reasons;
}

interface Packed extends Pick<Batch, 'records' | 'block' | 'summary' | 'fromMs' | 'toMs'> {
  /** Of records: whether one of them has a time. */
  readonly hasTimes?: boolean;
}

const EMPTY = Buffer.alloc(0);
const NO_SUMMARY: Summary = [];

const packLogs = (items: readonly Item[], { deps, reading, ...reasons }: Packing): Packed => {
  const { records: read, hasTimes } = logRecordsOf(items, reading, reasons);
  const records = joinRecords(read);
  return {
    hasTimes,
    records: records.length,
    block: records.length === 0 ? EMPTY : encodeLogBlock(records),
    summary: summarise(records, deps.signalsOf),
    ...spanOf(records, ({ timeMs }) => timeMs),
  };
};

const packSpans = (items: readonly Item[], { reading, rejected }: Packing): Packed => {
  const spans = spansOf(items, reading, rejected);
  return {
    records: spans.length,
    block: spans.length === 0 ? EMPTY : encodeSpanBlock(spans),
    summary: summariseSpans(spans),
    ...spanOf(spans, ({ startMs }) => startMs),
  };
};

const MINUTE_MS = 60_000;

const packMetrics = (items: readonly Item[], { reading, rejected }: Packing): Packed => {
  const { minutes, kept, other } = metricMinutesOf(items, reading.arrivalMs, rejected);
  return {
    records: kept + other,
    block: minutes.length === 0 ? EMPTY : encodeMetricBlock(minutes),
    summary: NO_SUMMARY,
    ...spanOf(minutes, ({ minute }) => minute * MINUTE_MS),
  };
};

const PACK = { logs: packLogs, traces: packSpans, metrics: packMetrics } as const;

/** The earliest and the latest of them; infinite for none. */
const spanOf = <T>(
  all: readonly T[],
  timeOf: (one: T) => number,
): { fromMs: number; toMs: number } => {
  let [fromMs, toMs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const one of all) {
    fromMs = Math.min(fromMs, timeOf(one));
    toMs = Math.max(toMs, timeOf(one));
  }
  return { fromMs, toMs };
};
