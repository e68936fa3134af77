import { METRIC_KINDS, type MetricKind, type MetricMinute } from '../../domain/metric-minute.ts';
import { sourceName } from '../../domain/summary.ts';
import { ATTRIBUTE_KEY_CHARS_MAX } from '../limits.ts';
import {
  doubleOf,
  integerOf,
  isMessage,
  listOf,
  millisecondsOf,
  textOf,
  type Message,
} from '../otlp/values.ts';
import { enumOf } from '../otlp/enums.ts';
import type { Item, Reasons } from './drafts.ts';
import { addReason } from './drafts.ts';
import { clampTime } from './times.ts';

/** Names of the conventions for hosts, containers, Kubernetes, processes, runtimes and HTTP servers. */
const KINDS: Readonly<Record<MetricKind, RegExp>> = {
  cpu: /^(?:system|process|container|k8s\.(?:pod|node|container)|jvm|process\.runtime\.\w+|nodejs|go)\.(?:\w+\.)?cpu\.(?:utilization|usage|time|recent_utilization)$/,
  memory:
    /^(?:system|process|container|k8s\.(?:pod|node|container)|jvm|process\.runtime\.\w+|nodejs|go|v8js)\.(?:\w+\.)?memory\.(?:usage|utilization|used|rss|working_set|limit|heap\.used)$/,
  requests:
    /^(?:http\.server\.(?:request\.duration|duration|request\.count|active_requests)|rpc\.server\.(?:duration|requests_per_rpc))$/,
};

const MINUTE_MS = 60_000;
const [DELTA, CUMULATIVE] = [1, 2];

export interface Metrics {
  readonly minutes: readonly MetricMinute[];
  /** Of all points, the ones that are kept. */
  readonly kept: number;
  /** Points of other metrics: counted, and answered with success. */
  readonly other: number;
}

/** Gauges and sums of CPU, memory and request rate, by source and minute. A histogram of requests counts its calls. */
export const metricMinutesOf = (
  items: readonly Item[],
  arrivalMs: number,
  rejected: Reasons,
): Metrics => {
  const minutes = new Map<string, MetricMinute>();
  let [kept, other] = [0, 0];
  for (const { sender, item } of items) {
    const kind = kindOf(textOf(item['name']));
    const { points, counts } = pointsOf(item);
    if (kind === null) other += points.length;
    else
      for (const point of points) {
        const value = isMessage(point) ? valueOf(point) : null;
        if (value === null || !isMessage(point)) {
          addReason(rejected, 'a point without a value');
          continue;
        }
        kept += 1;
        const timeMs = clampTime(millisecondsOf(point['timeUnixNano']) || arrivalMs, arrivalMs);
        const minute = Math.floor(timeMs / MINUTE_MS);
        const name = textOf(item['name']).slice(0, ATTRIBUTE_KEY_CHARS_MAX);
        const key = `${sourceName(sender.source)} ${minute} ${name}`;
        const before = minutes.get(key);
        const unit = textOf(item['unit']).slice(0, 40);
        minutes.set(
          key,
          added(
            before ?? { source: sender.source, minute, kind, name, unit, counts, ...NOTHING },
            value,
          ),
        );
      }
  }
  return { minutes: [...minutes.values()], kept, other };
};

const NOTHING = { points: 0, sum: 0, max: Number.NEGATIVE_INFINITY, last: 0 };

const added = (minute: MetricMinute, value: number): MetricMinute => ({
  ...minute,
  points: minute.points + 1,
  sum: minute.sum + value,
  max: Math.max(minute.max, value),
  last: value,
});

const kindOf = (name: string): MetricKind | null =>
  METRIC_KINDS.find((kind) => KINDS[kind].test(name)) ?? null;

const SHAPES = ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'];

interface Points {
  readonly points: readonly unknown[];
  readonly counts: MetricMinute['counts'];
}

const pointsOf = (metric: Message): Points => {
  for (const shape of SHAPES) {
    const data = metric[shape];
    if (!isMessage(data)) continue;
    return {
      points: listOf(data['dataPoints']),
      counts: countsOf(shape, enumOf(data['aggregationTemporality'], 'AGGREGATION_TEMPORALITY')),
    };
  }
  return { points: [], counts: 'level' };
};

const countsOf = (shape: string, temporality: number): MetricMinute['counts'] => {
  if (shape === 'gauge' || (temporality !== DELTA && temporality !== CUMULATIVE)) return 'level';
  return temporality === DELTA ? 'delta' : 'cumulative';
};

const valueOf = (point: Message): number | null => {
  const value =
    doubleOf(point['asDouble']) ?? integerOf(point['asInt']) ?? integerOf(point['count']);
  const number = value === null ? Number.NaN : Number(value);
  return Number.isFinite(number) ? number : null;
};
