import { basename } from 'node:path';
import { alarmStatus, type AlarmRule, type AlarmStatus } from '../metrics/alarms.ts';
import type { FunctionHost } from '../lambda/function-host.ts';
import type { Observations } from './observations.ts';
import type { QueueDepth } from '../sqs/queues.ts';
import type { Route } from '../http/routes.ts';
import type { AskApi } from './spend-view.ts';
import type { ScheduleStatus } from '../events/schedules.ts';
import type { StreamStatus } from '../dynamo/stream-delivery.ts';

/** What this runtime hosts, as it is right now. */
export interface Hosted {
  readonly routes: readonly Route[];
  readonly functions: ReadonlyMap<string, FunctionHost>;
  readonly observations: Observations;
  streams: readonly StreamStatus[];
  schedules: readonly ScheduleStatus[];
  alarms: readonly AlarmRule[];
  queues: () => Promise<readonly QueueDepth[]>;
  /** The stack's own API, as an admin asks it. */
  ask: AskApi;
}

/** One table of the page; `/_local.json` shows the same rows. */
export type Row = Readonly<Record<string, string | number | null>>;
export interface LocalView {
  readonly alarms: readonly Row[];
  readonly queues: readonly Row[];
  readonly functions: readonly Row[];
  readonly routes: readonly Row[];
  readonly streams: readonly Row[];
  readonly schedules: readonly Row[];
  readonly metrics: readonly Row[];
  readonly events: readonly Row[];
  readonly errors: readonly Row[];
}

/** The operator's view of a laptop. Figures count from the start of the runtime. */
export const localView = async (hosted: Hosted): Promise<LocalView> => {
  const nameOf = (id: string): string => functionName(hosted.functions.get(id), id);
  const { observations } = hosted;
  const queues = await hosted.queues();
  return {
    alarms: alarmRows(hosted, Date.now()),
    queues: queues.map(({ oldestAtMs, ...queue }) => ({ ...queue, oldest_at: time(oldestAtMs) })),
    functions: [...hosted.functions.values()].map(functionRow),
    routes: hosted.routes.map((route) => ({
      method: route.method,
      path: route.resource,
      function: nameOf(route.functionId),
      answer: route.isStreamed ? 'streamed' : 'buffered',
    })),
    streams: hosted.streams.map((stream) => ({
      table: stream.table.replace(/Table$/, ''),
      function: nameOf(stream.functionId),
      delivered: stream.delivered,
      failed: stream.failed,
      lag_ms: stream.lagMs,
      last_delivered_at: time(stream.lastDeliveredAtMs),
    })),
    schedules: hosted.schedules.map((schedule) => ({
      expression: schedule.expression,
      function: schedule.functionIds.map(nameOf).join(', '),
      runs: schedule.runs,
      failures: schedule.failures,
      last_run_at: time(schedule.lastRunAtMs),
    })),
    metrics: observations.metrics.all().map(({ dimensions, ...metric }) => ({
      ...metric,
      dimensions: Object.entries(dimensions)
        .map(([name, value]) => `${name}=${value}`)
        .join(', '),
    })),
    events: observations.events.map((event) => ({
      at: time(event.atMs),
      type: event.detailType,
      detail: event.detail,
    })),
    errors: observations.errors.map((error) => ({
      at: time(error.atMs),
      times: error.times,
      source: nameOf(error.source),
      message: error.message,
    })),
  };
};

const functionRow = (host: FunctionHost): Row => {
  const { stats, config } = host;
  return {
    function: functionName(host, config.id),
    invocations: stats.invocations,
    errors: stats.errors,
    in_flight: stats.inFlight,
    cold_starts: stats.coldStarts,
    p50_ms: stats.quantileMs(0.5),
    p95_ms: stats.quantileMs(0.95),
    last_error: stats.lastError?.message ?? null,
  };
};

/** What is red comes first; the article of an alarm has its name. */
const alarmRows = ({ alarms, observations }: Hosted, nowMs: number): readonly Row[] => {
  const { history, startedAtMs } = observations;
  return alarms
    .map((rule) => alarmStatus(rule, history, { startedAtMs, nowMs }))
    .toSorted((left, right) => STATES.indexOf(left.state) - STATES.indexOf(right.state))
    .map(({ rule, state, value }) => ({
      alarm: rule.name,
      state,
      value: value === null ? null : Math.round(value * 10) / 10,
      rule: rule.description.replace(/ See \S+#[\w-]+$/, ''),
      article: / See \S+#([\w-]+)$/.exec(rule.description)?.[1] ?? null,
    }));
};

const STATES: readonly AlarmStatus['state'][] = [
  'ALARM',
  'INSUFFICIENT_DATA',
  'NOT_MEASURED',
  'OK',
];

/** The name of its entry, which is also the name of its construct, log group and alarms. */
export const functionName = (host: FunctionHost | undefined, id: string): string => {
  const entry = host?.config.entry ?? null;
  return entry === null ? id : basename(entry, '.lambda.ts');
};

const time = (ms: number | null): string | null =>
  ms === null ? null : new Date(ms).toISOString();
