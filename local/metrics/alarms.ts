import * as z from 'zod';
import type { MetricHistory } from './metric-history.ts';
import type { SeriesName } from './metric-sums.ts';
import { metricMath, type MathFormula } from './metric-math.ts';
import type { Resource } from '../template.ts';

/** INSUFFICIENT_DATA: it has not run for long enough. NOT_MEASURED: nothing here reports this metric. */
export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA' | 'NOT_MEASURED';

const MINUTE_MS = 60_000;

interface Measured {
  readonly id: string;
  readonly series: SeriesName;
  readonly statistic: string;
}

/** An alarm of the template. */
export interface AlarmRule {
  readonly name: string;
  readonly description: string;
  readonly metrics: readonly Measured[];
  readonly formula: MathFormula;
  readonly periodMs: number;
  readonly isBad: (value: number) => boolean;
  readonly bad: number;
  readonly of: number;
  readonly isSilenceBad: boolean;
}

export interface AlarmStatus {
  readonly rule: AlarmRule;
  readonly state: AlarmState;
  /** Of the latest period; null: nobody reported a figure. */
  readonly value: number | null;
}

/** What this runtime reports of AWS's own metrics; ours all come from the functions. */
const TOLD: Readonly<Record<string, readonly string[]>> = {
  'AWS/Lambda': [
    'Invocations',
    'Errors',
    'Throttles',
    'IteratorAge',
    'DestinationDeliveryFailures',
    'OnFailureDestinationDeliveredEventCount',
  ],
  'AWS/ApiGateway': ['Count', '4XXError', '5XXError'],
};

/** The alarms of the template; one that this runtime cannot reckon stops the start with its name. */
export const alarmsOf = (resources: readonly Resource[]): readonly AlarmRule[] =>
  resources
    .filter(({ type }) => type === 'AWS::CloudWatch::Alarm')
    .map(({ id, properties }) => {
      const parsed = alarmSchema.safeParse(properties);
      if (!parsed.success) throw new Error(`${id}: ${z.prettifyError(parsed.error)}`);
      return ruleOf(parsed.data);
    });

/**
 * The state at a moment. The latest period ends with the minute that runs; CloudWatch's longer look back over missing
 * data is left out. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
 */
export const alarmStatus = (
  rule: AlarmRule,
  history: MetricHistory,
  { startedAtMs, nowMs }: { readonly startedAtMs: number; readonly nowMs: number },
): AlarmStatus => {
  const endMs = Math.floor(nowMs / MINUTE_MS) * MINUTE_MS + MINUTE_MS;
  const values = Array.from({ length: rule.of }, (_, index) => {
    const toMs = endMs - index * rule.periodMs;
    return { value: valueOf(rule, history, toMs), isKnown: toMs - rule.periodMs >= startedAtMs };
  });
  const value = values[0]?.value ?? null;
  if (!rule.metrics.every(({ series }) => isTold(series)))
    return { rule, value, state: 'NOT_MEASURED' };
  const isBad = (point: (typeof values)[number]): boolean =>
    point.value === null ? rule.isSilenceBad && point.isKnown : rule.isBad(point.value);
  // Before the start there was nothing to hear, so that silence there says nothing.
  const isOpen = (point: (typeof values)[number]): boolean =>
    rule.isSilenceBad && point.value === null && !point.isKnown;
  const bad = values.filter(isBad).length;
  if (bad >= rule.bad) return { rule, value, state: 'ALARM' };
  const open = values.filter(isOpen).length;
  return { rule, value, state: bad + open >= rule.bad ? 'INSUFFICIENT_DATA' : 'OK' };
};

const valueOf = (rule: AlarmRule, history: MetricHistory, toMs: number): number | null =>
  rule.formula(
    Object.fromEntries(
      rule.metrics.map(({ id, series, statistic }) => [
        id,
        history.statistic(series, statistic, toMs - rule.periodMs, toMs),
      ]),
    ),
  );

const isTold = ({ namespace, name }: SeriesName): boolean =>
  TOLD[namespace]?.includes(name) ?? !namespace.startsWith('AWS/');

const COMPARISONS = {
  GreaterThanThreshold: (value, threshold) => value > threshold,
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
} as const satisfies Record<string, (value: number, threshold: number) => boolean>;

const metricFields = {
  Namespace: z.string(),
  MetricName: z.string(),
  Dimensions: z.array(z.object({ Name: z.string(), Value: z.string() })).default([]),
};
const alarmSchema = z.object({
  AlarmName: z.string(),
  AlarmDescription: z.string().default(''),
  Threshold: z.number(),
  ComparisonOperator: z.enum([
    'GreaterThanThreshold',
    'GreaterThanOrEqualToThreshold',
    'LessThanThreshold',
    'LessThanOrEqualToThreshold',
  ]),
  EvaluationPeriods: z.number(),
  DatapointsToAlarm: z.number().optional(),
  TreatMissingData: z.enum(['breaching', 'notBreaching']),
  Period: z.number().optional(),
  Statistic: z.string().optional(),
  ExtendedStatistic: z.string().optional(),
  Namespace: z.string().default(''),
  MetricName: z.string().default(''),
  Dimensions: metricFields.Dimensions,
  Metrics: z
    .array(
      z.object({
        Id: z.string(),
        Expression: z.string().optional(),
        ReturnData: z.boolean().default(true),
        MetricStat: z
          .object({ Metric: z.object(metricFields), Period: z.number(), Stat: z.string() })
          .optional(),
      }),
    )
    .optional(),
});
type Alarm = z.infer<typeof alarmSchema>;

const ruleOf = (alarm: Alarm): AlarmRule => {
  const shown = alarm.Metrics?.find(({ ReturnData }) => ReturnData);
  const compare = COMPARISONS[alarm.ComparisonOperator];
  const periods = alarm.Metrics?.flatMap(({ MetricStat }) => MetricStat?.Period ?? []);
  return {
    name: alarm.AlarmName,
    description: alarm.AlarmDescription,
    metrics: measuredOf(alarm),
    formula: metricMath(shown?.Expression ?? shown?.Id ?? 'm1'),
    periodMs: (alarm.Period ?? Math.max(...(periods ?? []))) * 1_000,
    isBad: (value) => compare(value, alarm.Threshold),
    bad: alarm.DatapointsToAlarm ?? alarm.EvaluationPeriods,
    of: alarm.EvaluationPeriods,
    isSilenceBad: alarm.TreatMissingData === 'breaching',
  };
};

const measuredOf = (alarm: Alarm): readonly Measured[] => {
  if (alarm.Metrics === undefined)
    return [
      {
        id: 'm1',
        series: seriesOf(alarm),
        statistic: alarm.Statistic ?? alarm.ExtendedStatistic ?? 'Sum',
      },
    ];
  return alarm.Metrics.flatMap(({ Id, MetricStat }) =>
    MetricStat === undefined
      ? []
      : [{ id: Id, series: seriesOf(MetricStat.Metric), statistic: MetricStat.Stat }],
  );
};

const seriesOf = (metric: Pick<Alarm, 'Namespace' | 'MetricName' | 'Dimensions'>): SeriesName => ({
  namespace: metric.Namespace,
  name: metric.MetricName,
  dimensions: Object.fromEntries(metric.Dimensions.map(({ Name, Value }) => [Name, Value])),
});
