import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { METRIC_NAMESPACE, METRICS, type MetricName } from '../../lambdas/shared/metric-names.ts';
import { keptRecords, SPAN, SPAN_MINUTES, type Monitored } from './monitored.ts';
import { ownMetric, QUESTIONS, type Question } from './alarms.ts';

const WIDTH = 8;
const FULL_WIDTH = 24;

/** One board, read from top to bottom: alarms first, then one row for each question. */
export const dashboardWidgets = (
  monitored: Monitored,
  alarms: readonly cloudwatch.IAlarm[],
): cloudwatch.IWidget[][] => [
  [new cloudwatch.AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms], width: FULL_WIDTH })],
  ...QUESTIONS.flatMap((question) => [
    [new cloudwatch.TextWidget({ markdown: `## ${question}`, width: FULL_WIDTH, height: 1 })],
    graphsOf(question, monitored),
  ]),
];

const graphsOf = (question: Question, monitored: Monitored): cloudwatch.IWidget[] => {
  switch (question) {
    case 'Is it up?':
      return upGraphs(monitored);
    case 'Is it fast?':
      return speedGraphs(monitored);
    case 'Is the money right?':
      return moneyGraphs(monitored);
    case 'What broke?':
      return brokenGraphs(monitored);
  }
};

const graph = (title: string, left: cloudwatch.IMetric[]): cloudwatch.GraphWidget =>
  new cloudwatch.GraphWidget({ title, left, width: WIDTH, leftYAxis: { min: 0 } });

const own = ({ stage }: Monitored, name: MetricName, statistic = 'Sum'): cloudwatch.Metric =>
  ownMetric(stage, name, statistic, SPAN_MINUTES);

/** One line for each value that was seen of a metric's dimension. */
const ownBy = (
  { stage }: Monitored,
  name: MetricName,
  dimension: 'provider' | 'reason' | 'function',
): cloudwatch.MathExpression =>
  new cloudwatch.MathExpression({
    expression: `SEARCH('{${METRIC_NAMESPACE},service,${dimension}} MetricName="${METRICS[name].name}" service="sluice-${stage}"', 'Sum', ${SPAN.toSeconds()})`,
    usingMetrics: {},
    label: '',
    period: SPAN,
  });

const upGraphs = (monitored: Monitored): cloudwatch.IWidget[] => [
  graph('Requests, 4xx, 5xx, model calls that ended', [
    monitored.frontDoor.metricCount({ period: SPAN }),
    monitored.frontDoor.metricClientError({ period: SPAN }),
    monitored.frontDoor.metricServerError({ period: SPAN }),
    own(monitored, 'calls'),
  ]),
  graph('Failures of our own', [
    own(monitored, 'unexpectedFailures'),
    own(monitored, 'storageFailures'),
  ]),
  graph('Turns of threads, by how they ended', [ownBy(monitored, 'turns', 'reason')]),
  graph(
    'Calls in flight and throttled',
    monitored.calls.flatMap((fn) => [
      fn.metric('ConcurrentExecutions', { statistic: 'Maximum', period: SPAN }),
      fn.metricThrottles({ period: SPAN }),
    ]),
  ),
  graph('Telemetry: records, those refused, batches not taken', [
    own(monitored, 'ingestedRecords'),
    own(monitored, 'rejectedRecords'),
    own(monitored, 'failedIngests'),
    ...(monitored.isIndexed ? [own(monitored, 'unindexedRecords')] : []),
  ]),
  graph('Telemetry: bytes', [own(monitored, 'ingestedBytes')]),
];

const speedGraphs = (monitored: Monitored): cloudwatch.IWidget[] => [
  graph('Time that Sluice adds to a call, p50 and p99', [
    own(monitored, 'addedMs', 'p50'),
    own(monitored, 'addedMs', 'p99'),
  ]),
  graph('Time to the first token, p50 and p90', [
    own(monitored, 'firstTokenMs', 'p50'),
    own(monitored, 'firstTokenMs', 'p90'),
  ]),
  graph('Turn of a thread to its first words, p50 and p90', [
    own(monitored, 'firstEventMs', 'p50'),
    own(monitored, 'firstEventMs', 'p90'),
  ]),
  graph('Incident to its ticket (ms), p50 and p95', [
    own(monitored, 'ticketMs', 'p50'),
    own(monitored, 'ticketMs', 'p95'),
  ]),
  graph('Windows: delay after arrival (ms)', [own(monitored, 'evaluateLagMs', 'Maximum')]),
  graph('Cold starts by function', [ownBy(monitored, 'coldStarts', 'function')]),
];

const moneyGraphs = (monitored: Monitored): cloudwatch.IWidget[] => [
  graph('Settled cost (micro-USD)', [own(monitored, 'settledMicros')]),
  graph('Refused with 402, by reason', [ownBy(monitored, 'moneyRefusals', 'reason')]),
  graph('Should be none', [
    own(monitored, 'costAboveHold'),
    own(monitored, 'failedSettlements'),
    own(monitored, 'expiredHolds'),
    own(monitored, 'estimatedSettlements'),
  ]),
  graph('Refused holds, by reason', [ownBy(monitored, 'refusedHolds', 'reason')]),
  graph('Settlement to usage (ms)', [own(monitored, 'rollUpLagMs', 'Maximum')]),
  graph('Age of the Keys stream (ms)', [
    monitored.rollUp.metric('IteratorAge', { statistic: 'Maximum', period: SPAN }),
  ]),
];

const brokenGraphs = (monitored: Monitored): cloudwatch.IWidget[] => [
  graph('Evaluations of telemetry, anomalies found, incidents opened', [
    own(monitored, 'evaluations'),
    own(monitored, 'anomalies'),
    own(monitored, 'incidents'),
  ]),
  graph('Tickets: opened, stopped, refused for credentials; steps of runbooks that failed', [
    own(monitored, 'tickets'),
    own(monitored, 'stoppedDeliveries'),
    own(monitored, 'refusedCredentials'),
    own(monitored, 'failedRemediations'),
  ]),
  graph('Diagnoses: given, and asked for in vain', [
    own(monitored, 'diagnoses'),
    own(monitored, 'failedDiagnoses'),
  ]),
  graph('Tickets: failed attempts, by reason', [ownBy(monitored, 'failedDeliveries', 'reason')]),
  graph('Provider errors by provider', [ownBy(monitored, 'providerErrors', 'provider')]),
  graph('Stream records: failed, kept aside, lost', [
    own(monitored, 'failedRecords'),
    keptRecords(monitored.rollUpMappingId),
    monitored.rollUp.metric('DestinationDeliveryFailures', { statistic: 'Sum', period: SPAN }),
  ]),
  graph('Failed runs in the background', [
    monitored.rollUp.metricErrors({ period: SPAN }),
    monitored.expireHolds.metricErrors({ period: SPAN }),
    monitored.sweepRuns.metricErrors({ period: SPAN }),
    monitored.runTurn.metricErrors({ period: SPAN }),
    monitored.closeSockets.metricErrors({ period: SPAN }),
    monitored.fanOut.metricErrors({ period: SPAN }),
  ]),
  graph('Turns taken over, by why', [ownBy(monitored, 'takeovers', 'reason')]),
  graph('Turns stuck, and not looked after', [
    own(monitored, 'stuckRuns', 'Maximum'),
    own(monitored, 'unsweptRuns'),
  ]),
  graph('Sockets: frames that failed, changed keys not checked', [
    own(monitored, 'failedPosts'),
    keptRecords(monitored.closeSocketsMappingId),
  ]),
  graph('Changes of threads: age when sockets receive them (ms), never sent', [
    own(monitored, 'fanOutLagMs', 'p99'),
    keptRecords(monitored.fanOutMappingId),
  ]),
];
