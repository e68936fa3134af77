import { Duration } from 'aws-cdk-lib';
import type * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { ownMetric, shareOf, sumOf, type AlarmDefinition } from './alarms.ts';

/** What the alarms and the dashboard look at. */
export interface Monitored {
  readonly stage: string;
  readonly frontDoor: apigateway.Stage;
  /** The functions that answer model calls. */
  readonly calls: readonly lambda.Function[];
  readonly rollUp: lambda.Function;
  /** Id of the mapping from the Keys stream to `rollUp`. */
  readonly rollUpMappingId: string;
  readonly expireHolds: lambda.Function;
  readonly sweepRuns: lambda.Function;
}

const SPAN_MINUTES = 5;
const SPAN = Duration.minutes(SPAN_MINUTES);
const QUARTER_MINUTES = 15;
const HOUR_MS = 3_600_000;

/** The one list of alarms; docs/runbook.md has an article for each, and a test compares them. */
export const alarmList = (monitored: Monitored): readonly AlarmDefinition[] => [
  ...upAlarms(monitored),
  ...speedAlarms(monitored),
  ...moneyAlarms(monitored),
  ...brokenAlarms(monitored),
];

/** Counts of Lambda's event source mapping: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html */
export const mappingMetric = (mappingId: string, metricName: string): cloudwatch.Metric =>
  new cloudwatch.Metric({
    namespace: 'AWS/Lambda',
    metricName,
    dimensionsMap: { EventSourceMappingUUID: mappingId },
    statistic: 'Sum',
    period: SPAN,
  });

const upAlarms = ({
  stage,
  frontDoor,
  calls,
  expireHolds,
  sweepRuns,
}: Monitored): AlarmDefinition[] => [
  {
    id: 'front-door-errors',
    question: 'Is it up?',
    measure: 'The share of 5xx answers among at least 20 requests is',
    metric: shareOf(
      frontDoor.metricServerError({ statistic: 'Sum', period: SPAN }),
      frontDoor.metricCount({ statistic: 'Sum', period: SPAN }),
      20,
      SPAN_MINUTES,
    ),
    rule: 'above',
    threshold: 5,
    unit: '%',
    spanMinutes: SPAN_MINUTES,
    bad: 2,
    of: 3,
    why: 'Single failures are retried by the SDKs and not seen; one in twenty for ten minutes is. A provider that fails counts here too.',
  },
  {
    id: 'unexpected-failures',
    question: 'Is it up?',
    measure: 'The number of requests that met a defect of ours is',
    metric: ownMetric(stage, 'unexpectedFailures', 'Sum', SPAN_MINUTES),
    rule: 'at least',
    threshold: 1,
    spanMinutes: SPAN_MINUTES,
    bad: 1,
    of: 1,
    why: 'What the world may do has an error code of its own; this is what nobody expected, so one is enough.',
  },
  {
    id: 'storage-failures',
    question: 'Is it up?',
    measure: 'The number of storage calls that failed after their retries is',
    metric: ownMetric(stage, 'storageFailures', 'Sum', SPAN_MINUTES),
    rule: 'at least',
    threshold: 5,
    spanMinutes: SPAN_MINUTES,
    bad: 1,
    of: 1,
    why: 'Each was tried four times, so a blip of one connection stays below five; every one is a 503 to somebody.',
  },
  {
    id: 'calls-throttled',
    question: 'Is it up?',
    measure: 'The number of model calls that Lambda had no room for is',
    metric: sumOf(
      calls.map((fn) => fn.metricThrottles({ period: SPAN })),
      SPAN_MINUTES,
      'throttled calls',
    ),
    rule: 'at least',
    threshold: 10,
    spanMinutes: SPAN_MINUTES,
    bad: 2,
    of: 3,
    why: 'A burst may pass the growth of 1,000 instances each ten seconds once; twice in a quarter of an hour means that the account is too small.',
  },
  {
    id: 'expiry-stopped',
    question: 'Is it up?',
    measure: 'The number of runs of expire-holds is',
    metric: expireHolds.metricInvocations({ period: SPAN }),
    rule: 'below',
    threshold: 1,
    spanMinutes: SPAN_MINUTES,
    bad: 2,
    of: 2,
    isSilenceBad: true,
    why: 'It runs each minute; ten minutes without a run mean that money of dead calls stays held.',
  },
  {
    id: 'run-sweep-stopped',
    question: 'Is it up?',
    measure: 'The number of runs of sweep-runs is',
    metric: sweepRuns.metricInvocations({ period: SPAN }),
    rule: 'below',
    threshold: 1,
    spanMinutes: SPAN_MINUTES,
    bad: 2,
    of: 2,
    isSilenceBad: true,
    why: 'It runs each minute; ten minutes without a run mean that turns whose producer died never end.',
  },
];

const speedAlarms = ({ stage }: Monitored): AlarmDefinition[] => [
  {
    id: 'added-latency',
    question: 'Is it fast?',
    measure: 'The 99th percentile of the time that Sluice adds to a call is',
    metric: ownMetric(stage, 'addedMs', 'p99', SPAN_MINUTES),
    rule: 'above',
    threshold: 500,
    unit: 'ms',
    spanMinutes: SPAN_MINUTES,
    bad: 3,
    of: 3,
    why: 'Two writes take some 20 ms; half a second in one call of a hundred means retries against the store or a starved function.',
  },
  {
    id: 'first-token-latency',
    question: 'Is it fast?',
    measure: 'The 90th percentile of the time to the first token is',
    metric: ownMetric(stage, 'firstTokenMs', 'p90', SPAN_MINUTES),
    rule: 'above',
    threshold: 30_000,
    unit: 'ms',
    spanMinutes: SPAN_MINUTES,
    bad: 3,
    of: 3,
    why: 'Whole answers and models that think take up to half a minute; when one call in ten waits longer, people leave.',
  },
];

const moneyAlarms = ({ stage, rollUp }: Monitored): AlarmDefinition[] => [
  {
    id: 'cost-above-hold',
    question: 'Is the money right?',
    measure: 'The number of calls that cost more than was held for them is',
    metric: ownMetric(stage, 'costAboveHold', 'Sum', SPAN_MINUTES),
    rule: 'at least',
    threshold: 1,
    spanMinutes: SPAN_MINUTES,
    bad: 1,
    of: 1,
    why: 'The hold is an upper bound; one call above it means that a bound or a price is wrong, and a cap may be passed by as much.',
  },
  {
    id: 'failed-settlements',
    question: 'Is the money right?',
    measure: 'The number of settlements that the store did not take is',
    metric: ownMetric(stage, 'failedSettlements', 'Sum', SPAN_MINUTES),
    rule: 'at least',
    threshold: 1,
    spanMinutes: SPAN_MINUTES,
    bad: 1,
    of: 1,
    why: 'Nobody is charged too little, but such a call will be charged its whole hold when that expires: somebody should know of each.',
  },
  {
    id: 'expired-holds',
    question: 'Is the money right?',
    measure: 'The number of holds that ended by their expiry is',
    metric: ownMetric(stage, 'expiredHolds', 'Sum', QUARTER_MINUTES),
    rule: 'at least',
    threshold: 5,
    spanMinutes: QUARTER_MINUTES,
    bad: 1,
    of: 1,
    why: 'A lost instance leaves one hold for each call that it ran; five in a quarter of an hour are no single accident.',
  },
  {
    id: 'estimated-settlements',
    question: 'Is the money right?',
    measure: 'The share of settlements at our own count among at least 20 calls is',
    metric: shareOf(
      ownMetric(stage, 'estimatedSettlements', 'Sum', QUARTER_MINUTES),
      ownMetric(stage, 'calls', 'Sum', QUARTER_MINUTES),
      20,
      QUARTER_MINUTES,
    ),
    rule: 'above',
    threshold: 10,
    unit: '%',
    spanMinutes: QUARTER_MINUTES,
    bad: 2,
    of: 2,
    why: 'Stopped calls are estimated, and some providers tell no usage now and then; one in ten means that a provider tells none at all.',
  },
  {
    id: 'roll-up-lag',
    question: 'Is the money right?',
    measure: 'The greatest age of a settlement when usage shows it is',
    metric: ownMetric(stage, 'rollUpLagMs', 'Maximum', SPAN_MINUTES),
    rule: 'above',
    threshold: 300_000,
    unit: 'ms',
    spanMinutes: SPAN_MINUTES,
    bad: 2,
    of: 3,
    why: 'Usage is promised within seconds; caps do not wait for it, so five minutes are late and not wrong.',
  },
  {
    id: 'stream-age',
    question: 'Is the money right?',
    measure: 'The age of the record that roll-up-usage reads from the Keys stream is',
    metric: rollUp.metric('IteratorAge', { statistic: 'Maximum', period: SPAN }),
    rule: 'above',
    threshold: HOUR_MS,
    unit: 'ms',
    spanMinutes: SPAN_MINUTES,
    bad: 1,
    of: 1,
    why: 'A stream keeps a record for 24 hours; an hour behind leaves 23 hours to act before settlements are lost to usage.',
  },
];

const brokenAlarms = (monitored: Monitored): AlarmDefinition[] => [
  {
    id: 'provider-errors',
    question: 'What broke?',
    measure: 'The share of calls that their provider failed among at least 20 calls is',
    metric: shareOf(
      ownMetric(monitored.stage, 'providerErrors', 'Sum', SPAN_MINUTES),
      ownMetric(monitored.stage, 'calls', 'Sum', SPAN_MINUTES),
      20,
      SPAN_MINUTES,
    ),
    rule: 'above',
    threshold: 20,
    unit: '%',
    spanMinutes: SPAN_MINUTES,
    bad: 2,
    of: 3,
    why: 'Providers fail a few calls in a hundred on ordinary days; one in five for ten minutes is an outage or an exhausted account.',
  },
  {
    id: 'records-kept-aside',
    question: 'What broke?',
    measure: 'The number of stream records that failed for good and were kept is',
    metric: mappingMetric(monitored.rollUpMappingId, 'OnFailureDestinationDeliveredEventCount'),
    rule: 'at least',
    threshold: 1,
    spanMinutes: SPAN_MINUTES,
    bad: 1,
    of: 1,
    why: 'Each is a settlement that usage does not show until somebody replays it.',
  },
  {
    id: 'records-lost',
    question: 'What broke?',
    measure: 'The number of failed stream records that could not be kept is',
    metric: monitored.rollUp.metric('DestinationDeliveryFailures', {
      statistic: 'Sum',
      period: SPAN,
    }),
    rule: 'at least',
    threshold: 1,
    spanMinutes: SPAN_MINUTES,
    bad: 1,
    of: 1,
    why: 'The stream holds the only other copy, for 24 hours at most.',
  },
  {
    id: 'background-errors',
    question: 'What broke?',
    measure: 'The number of failed runs of roll-up-usage, expire-holds and sweep-runs is',
    metric: sumOf(
      [monitored.rollUp, monitored.expireHolds, monitored.sweepRuns].map((fn) =>
        fn.metricErrors({ period: Duration.minutes(QUARTER_MINUTES) }),
      ),
      QUARTER_MINUTES,
      'failed runs',
    ),
    rule: 'at least',
    threshold: 3,
    spanMinutes: QUARTER_MINUTES,
    bad: 1,
    of: 1,
    why: 'All run again by themselves, so one or two failures heal; three in a quarter of an hour do not.',
  },
];
