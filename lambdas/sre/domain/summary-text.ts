import * as z from 'zod';
import { assert } from '../../shared/assert.ts';
import type { Source } from './log-record.ts';
import { SIGNAL_GROUPS } from './signal.ts';
import { sourceName, type Entry, type Shape, type Summary } from './summary.ts';

const count = z.number().int().min(0);
const pair = z.tuple([count, count]);
const shapeRow = z.tuple([
  z.string(),
  count,
  count,
  z.array(pair),
  z.string().nullable(),
  count,
  z.array(count),
]);
const entryRow = z.tuple([
  count,
  z.number().int(),
  z.tuple([count, count, count, count, count, count]),
  z.array(z.tuple([z.string(), count])),
  z.array(pair),
  z.array(shapeRow),
]);
const sourceRow = z.tuple([z.string(), z.string(), z.string()]);
const stored = z.tuple([z.literal(1), z.array(sourceRow), z.array(entryRow)]);
type EntryRow = z.infer<typeof entryRow>;

/** A summary as it is stored: arrays in a stated order, each source once. */
export const summaryText = (summary: Summary): string => {
  const sources = [...new Map(summary.map(({ source }) => [sourceName(source), source])).values()];
  const index = new Map(sources.map((source, place) => [sourceName(source), place]));
  const rows = summary.map((entry) => rowOf(entry, index.get(sourceName(entry.source)) ?? 0));
  const names = sources.map((source) => [source.environment, source.namespace, source.service]);
  return JSON.stringify([1, names, rows]);
};

const rowOf = (entry: Entry, source: number): EntryRow => [
  source,
  entry.bucket,
  [
    entry.records,
    entry.failing,
    entry.clientFaults,
    entry.authFaults,
    entry.requests,
    entry.severity,
  ],
  Object.entries(entry.statuses),
  entry.latencies.map(([place, times]) => [place, times]),
  entry.shapes.map((shape) => [
    shape.text,
    shape.count,
    shape.severity,
    shape.signals.map(({ group, weight }) => [SIGNAL_GROUPS.indexOf(group), weight]),
    shape.exceptionType,
    shape.frames,
    [...shape.samples],
  ]),
];

/** Throws on what `summaryText` did not write. */
export const readSummary = (text: string): Summary => {
  const [, names, rows] = stored.parse(JSON.parse(text));
  const sources = names.map(([environment, namespace, service]): Source => ({
    environment,
    namespace,
    service,
  }));
  return rows.map((row) => entryOf(row, sources[row[0]]));
};

const entryOf = (row: EntryRow, source: Source | undefined): Entry => {
  assert(source !== undefined, 'an entry names one of the sources');
  const [, bucket, counts, statuses, latencies, shapes] = row;
  const [records, failing, clientFaults, authFaults, requests, severity] = counts;
  return {
    source,
    bucket,
    records,
    failing,
    clientFaults,
    authFaults,
    requests,
    statuses: Object.fromEntries(statuses),
    severity,
    latencies,
    shapes: shapes.map(shapeOf),
  };
};

const shapeOf = (row: z.infer<typeof shapeRow>): Shape => {
  const [text, times, severity, signals, exceptionType, frames, samples] = row;
  return {
    text,
    count: times,
    severity,
    signals: signals.flatMap(([place, weight]) => {
      const group = SIGNAL_GROUPS[place];
      return group === undefined ? [] : [{ group, weight }];
    }),
    exceptionType,
    frames,
    samples,
  };
};
