import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import * as z from 'zod';
import type { Line } from '../../../lambdas/sre/correlate/calls.ts';
import type { MetricMinute } from '../../../lambdas/sre/domain/metric-minute.ts';
import type { Source } from '../../../lambdas/sre/domain/log-record.ts';
import type { Span } from '../../../lambdas/sre/domain/span.ts';
import { DEVELOPMENT_DATA, severityOfLevel } from '../development-data.ts';
import { recordOf, spanOf } from './records.ts';

/** Minutes of a shop of some 40 services (Nezha's TrainTicket), as their senders tell of them. */
export interface ShopMinute {
  /** When it begins, by the clock of the services. */
  readonly fromMs: number;
  readonly spans: readonly Span[];
  readonly lines: readonly Line[];
}

/** A fault that somebody injected, and the three minutes that were recorded from just before it. */
export interface ShopFault {
  readonly service: string;
  readonly kind: string;
  readonly atMs: number;
}

/** Three minutes in a row; null: the fault that was injected there is kept apart, to judge with. */
export interface Recording {
  readonly name: string;
  readonly minutes: readonly ShopMinute[];
  readonly fault: ShopFault | null;
}

export interface ShopDay {
  readonly usual: readonly ShopMinute[];
  readonly recordings: readonly Recording[];
  readonly metrics: readonly MetricMinute[];
}

const ROOT = join(DEVELOPMENT_DATA, 'nezha');
const MINUTE_MS = 60_000;
const MINUTES_A_FAULT = 3;
/**
 * Files and faults are named by the recorder's clock, and its clock was ahead of the services' by so much: the first
 * and the last time in each file of the day show it.
 */
const RECORDER_AHEAD_MS: Readonly<Record<string, number>> = {
  '2023-01-29': 52_000,
  '2023-01-30': 8_000,
};

export const shopDays = (): readonly string[] => readdirSync(join(ROOT, 'rca_data')).toSorted();

export const readShopDay = (day: string): ShopDay => {
  const names = minuteNames('rca_data', day);
  const faults = faultsOf(day);
  const first = names.filter((_, index) => index % MINUTES_A_FAULT === 0);
  return {
    usual: minuteNames('construct_data', day).map((name) =>
      readMinute('construct_data', day, name),
    ),
    recordings: first.map((name, index) => ({
      name: `${day} ${name}`,
      minutes: names
        .slice(index * MINUTES_A_FAULT, (index + 1) * MINUTES_A_FAULT)
        .map((minute) => readMinute('rca_data', day, minute)),
      fault: faults.get(name) ?? null,
    })),
    metrics: readMetrics(day),
  };
};

const minuteNames = (part: string, day: string): readonly string[] =>
  readdirSync(join(ROOT, part, day, 'trace'))
    .map((file) => file.slice(0, 'hh_mm'.length))
    .toSorted();

const startOf = (day: string, name: string): number =>
  Date.parse(`${day}T${name.replace('_', ':')}:00Z`) - (RECORDER_AHEAD_MS[day] ?? 0);

const faultList = z.record(
  z.string(),
  z.array(z.object({ inject_time: z.string(), inject_pod: z.string(), inject_type: z.string() })),
);

/** By the name of the minute in which they were injected. */
const faultsOf = (day: string): ReadonlyMap<string, ShopFault> => {
  const text = readFileSync(join(ROOT, 'rca_data', day, `${day}-fault_list.json`), 'utf8');
  const faults = Object.values(faultList.parse(JSON.parse(text))).flat();
  return new Map(
    faults.map(({ inject_time, inject_pod, inject_type }) => {
      const time = inject_time.slice('yyyy-mm-dd '.length);
      const atMs = Date.parse(`${day}T${time}Z`) - (RECORDER_AHEAD_MS[day] ?? 0);
      return [
        time.slice(0, 'hh:mm'.length).replace(':', '_'),
        { service: serviceOf(inject_pod), kind: inject_type, atMs },
      ];
    }),
  );
};

const serviceOf = (pod: string): string => pod.split('-').slice(0, -2).join('-');

const sources = new Map<string, Source>();

const sourceOfPod = (pod: string): Source => {
  const service = serviceOf(pod);
  const source = sources.get(service) ?? { environment: '', namespace: '', service };
  sources.set(service, source);
  return source;
};

const readMinute = (part: string, day: string, name: string): ShopMinute => ({
  fromMs: startOf(day, name),
  spans: readRows(join(ROOT, part, day, 'trace', `${name}_trace.csv.gz`)).map(spanIn),
  lines: readRows(join(ROOT, part, day, 'log', `${name}_log.csv.gz`)).map((cell, index) => ({
    block: `${day} ${name}`,
    place: index,
    record: lineOf(cell),
  })),
});

type Cell = (column: string) => string;

/** One row a line; the last column may have commas, and in some files a row is cut off. */
const readRows = (file: string): readonly Cell[] => {
  const [head = '', ...lines] = gunzipSync(readFileSync(file)).toString('utf8').split(/\r?\n/);
  const columns = head.split(',');
  return lines.flatMap((line) => {
    const cells = line.split(',');
    if (cells.length < columns.length) return [];
    const last = cells.slice(columns.length - 1).join(',');
    const unquoted = last.startsWith('"') ? last.slice(1, -1).replaceAll('""', '"') : last;
    const row = [...cells.slice(0, columns.length - 1), unquoted];
    return [(column: string) => row[columns.indexOf(column)] ?? ''];
  });
};

/** One object for all: what a sender says of itself comes once a batch. */
const NOTHING = {};

const NANOSECONDS_A_MS = 1_000_000n;

const spanIn = (cell: Cell): Span =>
  spanOf({
    traceId: cell('TraceID'),
    spanId: cell('SpanID'),
    parentSpanId: cell('ParentID') === 'root' ? null : cell('ParentID'),
    source: sourceOfPod(cell('PodName')),
    name: cell('OperationName'),
    startMs: Number(BigInt(cell('StartTimeUnixNano')) / NANOSECONDS_A_MS),
    durationMs: Number(cell('Duration')) / 1_000,
    attributes: NOTHING,
    resource: NOTHING,
  });

/** What their logger puts before the message is what a sender of OpenTelemetry has in fields of its own. */
const LOGGED = /^\S+ +([A-Z]+) +\S+ TraceID: \S+ SpanID: \S+ (.*)$/s;

const lineOf = (cell: Cell): ReturnType<typeof recordOf> => {
  const escaped = /^\{"log":"((?:[^"\\]|\\.)*)"/.exec(cell('Log'))?.[1] ?? cell('Log');
  const line = escaped
    .replaceAll(String.raw`\n`, '\n')
    .replaceAll(String.raw`\"`, '"')
    .trim();
  const [, level = '', text = line] = LOGGED.exec(line) ?? [];
  return recordOf({
    timeMs: Date.parse(
      `${cell('Timestamp').slice(0, 'yyyy-mm-ddThh:mm:ss.mmm'.length).replace('Z', '')}Z`,
    ),
    source: sourceOfPod(cell('PodName')),
    severity: severityOfLevel(level),
    text,
    resource: NOTHING,
    traceId: cell('TraceID') || null,
    spanId: cell('SpanID') || null,
  });
};

/** Processor of each pod as a share of its limit, a minute a row. */
const readMetrics = (day: string): readonly MetricMinute[] => {
  const folder = join(ROOT, 'rca_data', day, 'metric');
  return readdirSync(folder)
    .filter((file) => file.endsWith('_metric.csv.gz'))
    .flatMap((file) =>
      readRows(join(folder, file)).map((cell): MetricMinute => {
        const share = Number(cell('CpuUsageRate(%)')) / 100;
        return {
          source: sourceOfPod(cell('PodName')),
          minute: Math.floor(
            (Number(cell('TimeStamp')) * 1_000 - (RECORDER_AHEAD_MS[day] ?? 0)) / MINUTE_MS,
          ),
          kind: 'cpu',
          name: 'k8s.pod.cpu_limit_utilization',
          unit: '1',
          counts: 'level',
          points: 1,
          sum: share,
          max: share,
          last: share,
        };
      }),
    );
};
