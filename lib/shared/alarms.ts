import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { StageConfig } from './stage-config.ts';
import { METRIC_NAMESPACE, METRICS, type MetricName } from '../../lambdas/shared/metric-names.ts';
import { METRIC_MEANINGS } from './metric-meanings.ts';

const { ComparisonOperator, TreatMissingData } = cloudwatch;

/** The order in which an operator asks. */
export const QUESTIONS = [
  'Is it up?',
  'Is it fast?',
  'Is the money right?',
  'What broke?',
] as const;
export type Question = (typeof QUESTIONS)[number];

/** One alarm of the registry. Its id is the heading of its article in docs/runbook.md. */
export interface AlarmDefinition {
  readonly id: string;
  readonly question: Question;
  /** What the figure is, in words. */
  readonly measure: string;
  readonly metric: cloudwatch.IMetric;
  readonly rule: 'above' | 'at least' | 'below';
  readonly threshold: number;
  readonly unit?: '%' | 'MB' | 'ms';
  readonly spanMinutes: number;
  /** How many of how many spans have to be bad. */
  readonly bad: number;
  readonly of: number;
  /** Silence is the failure itself. */
  readonly isSilenceBad?: boolean;
  /** Why this threshold and no other. */
  readonly why: string;
}

/** The rule in one sentence, as the alarm and its article state it. */
const whenText = (alarm: AlarmDefinition): string => {
  const { measure, rule, threshold, unit = '', spanMinutes, bad, of } = alarm;
  const figure = `${threshold.toLocaleString('en-US')}${unit === '' ? '' : ` ${unit}`}`;
  const spans =
    of === 1 ? `in ${spanMinutes} minutes` : `in ${bad} of ${of} spans of ${spanMinutes} minutes`;
  return `${measure} ${rule} ${figure} ${spans}`;
};

const OPERATORS = {
  above: ComparisonOperator.GREATER_THAN_THRESHOLD,
  'at least': ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
  below: ComparisonOperator.LESS_THAN_THRESHOLD,
} as const;

export const alarmProps = (
  alarm: AlarmDefinition,
  { stage, runbookUrl }: Pick<StageConfig, 'stage' | 'runbookUrl'>,
): cloudwatch.AlarmProps => ({
  alarmName: `sluice-${stage}-${alarm.id}`,
  alarmDescription: `${whenText(alarm)}. ${alarm.why} See ${runbookUrl}#${alarm.id}`,
  metric: alarm.metric,
  threshold: alarm.threshold,
  comparisonOperator: OPERATORS[alarm.rule],
  evaluationPeriods: alarm.of,
  datapointsToAlarm: alarm.bad,
  treatMissingData:
    alarm.isSilenceBad === true ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
});

/** One of our own metrics in this stage. */
export const ownMetric = (
  stage: string,
  name: MetricName,
  statistic: string,
  spanMinutes: number,
): cloudwatch.Metric =>
  new cloudwatch.Metric({
    namespace: METRIC_NAMESPACE,
    metricName: METRICS[name].name,
    dimensionsMap: { service: `sluice-${stage}` },
    statistic,
    period: Duration.minutes(spanMinutes),
    label: METRIC_MEANINGS[name],
  });

/** A share in percent, counted only above a least number of cases: one failure of three is no outage. */
export const shareOf = (
  part: cloudwatch.IMetric,
  whole: cloudwatch.IMetric,
  casesMin: number,
  spanMinutes: number,
): cloudwatch.MathExpression =>
  new cloudwatch.MathExpression({
    expression: `IF(whole >= ${casesMin}, 100 * FILL(part, 0) / whole, 0)`,
    usingMetrics: { part, whole },
    period: Duration.minutes(spanMinutes),
    label: 'share in percent',
  });

export const sumOf = (
  metrics: readonly cloudwatch.IMetric[],
  spanMinutes: number,
  label: string,
): cloudwatch.MathExpression =>
  new cloudwatch.MathExpression({
    expression: metrics.map((_, index) => `FILL(m${index}, 0)`).join(' + '),
    usingMetrics: Object.fromEntries(metrics.map((metric, index) => [`m${index}`, metric])),
    period: Duration.minutes(spanMinutes),
    label,
  });
