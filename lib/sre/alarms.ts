import { Duration } from 'aws-cdk-lib';
import { ownMetric, sumOf, type AlarmDefinition } from '../shared/alarms.ts';
import { mappingMetric, QUARTER_MINUTES, SPAN, SPAN_MINUTES } from '../shared/monitored.ts';
import type { Sre } from './sre.ts';

const EVALUATE_LAG_MS = 60_000;

/** What the alarms of the SRE look at. */
export interface MonitoredSre {
  readonly stage: string;
  readonly sre: Sre;
}

/** Does telemetry come in, is it looked at, and is anybody told when not? */
export const sreAlarms = ({ stage, sre }: MonitoredSre): readonly AlarmDefinition[] => [
  {
    id: 'ingest-failures',
    question: 'Is it up?',
    measure: 'The number of batches of telemetry that were not taken is',
    metric: sumOf(
      [
        ownMetric(stage, 'failedIngests', 'Sum', SPAN_MINUTES),
        sre.ingest.metricErrors({ period: SPAN }),
        sre.ingest.metricThrottles({ period: SPAN }),
      ],
      SPAN_MINUTES,
      'batches not taken',
    ),
    rule: 'at least',
    threshold: 20,
    spanMinutes: SPAN_MINUTES,
    bad: 2,
    of: 3,
    why: 'Senders try again for a while, so single failures lose nothing; ten minutes of them do.',
  },
  {
    id: 'sre-blind',
    question: 'Is it up?',
    measure: 'The number of runs of tick is',
    metric: sre.tick.metricInvocations({ period: SPAN }),
    rule: 'below',
    threshold: 1,
    spanMinutes: SPAN_MINUTES,
    bad: 2,
    of: 2,
    isSilenceBad: true,
    why: 'It runs each minute; without it nobody looks at what comes in, and silence of a service is not found.',
  },
  {
    id: 'evaluate-lag',
    question: 'Is it fast?',
    measure: 'The longest that windows are behind what arrived is',
    metric: ownMetric(stage, 'evaluateLagMs', 'Maximum', SPAN_MINUTES),
    rule: 'above',
    threshold: EVALUATE_LAG_MS,
    unit: 'ms',
    spanMinutes: SPAN_MINUTES,
    bad: 2,
    of: 3,
    why: 'An anomaly is promised within 15 seconds; a minute behind, the page comes after the customers.',
  },
  {
    id: 'evaluations-dead',
    question: 'What broke?',
    measure: 'The number of requests to evaluate among the dead letters is',
    metric: sre.deadLetters.metricApproximateNumberOfMessagesVisible({
      period: Duration.minutes(QUARTER_MINUTES),
      statistic: 'Maximum',
    }),
    rule: 'at least',
    threshold: 1,
    spanMinutes: QUARTER_MINUTES,
    bad: 1,
    of: 1,
    why: 'Each failed five times: the windows of a tenant stand still, or stood still for a while.',
  },
  {
    id: 'hot-blocks-kept-aside',
    question: 'What broke?',
    measure: 'The number of hot blocks that were not told at once is',
    metric: mappingMetric(
      sre.logsMapping.eventSourceMappingId,
      'OnFailureDestinationDeliveredEventCount',
    ),
    rule: 'at least',
    threshold: 1,
    spanMinutes: SPAN_MINUTES,
    bad: 1,
    of: 1,
    why: 'The tick evaluates them too, up to a minute later: nothing is lost but the immediate path.',
  },
];
