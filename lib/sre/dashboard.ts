import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { ownMetric } from '../shared/alarms.ts';
import { SPAN, SPAN_MINUTES } from '../shared/monitored.ts';
import type { MonitoredSre } from './alarms.ts';

const WIDTH = 8;
const FULL_WIDTH = 24;

const graph = (title: string, left: cloudwatch.IMetric[]): cloudwatch.GraphWidget =>
  new cloudwatch.GraphWidget({ title, left, width: WIDTH, leftYAxis: { min: 0 } });

/** From what comes in to what is found. */
export const sreWidgets = (
  { stage, sre }: MonitoredSre,
  alarms: readonly cloudwatch.IAlarm[],
): cloudwatch.IWidget[][] => {
  const own = (name: Parameters<typeof ownMetric>[1], statistic = 'Sum') =>
    ownMetric(stage, name, statistic, SPAN_MINUTES);
  return [
    [new cloudwatch.AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms], width: FULL_WIDTH })],
    [
      graph('Bytes of telemetry', [own('ingestedBytes')]),
      graph('Records and spans, and those refused', [
        own('ingestedRecords'),
        own('rejectedRecords'),
      ]),
      graph('Batches not taken', [
        own('failedIngests'),
        sre.ingest.metricErrors({ period: SPAN }),
        sre.ingest.metricThrottles({ period: SPAN }),
      ]),
    ],
    [
      graph('Windows behind what arrived (ms)', [own('evaluateLagMs', 'Maximum')]),
      graph('Evaluations, and those that failed', [
        own('evaluations'),
        sre.evaluate.metricErrors({ period: SPAN }),
        sre.deadLetters.metricApproximateNumberOfMessagesVisible({ period: SPAN }),
      ]),
      graph('Anomalies found, or worse', [own('anomalies')]),
    ],
  ];
};
