import { ownMetric, shareOf, sumOf, type AlarmDefinition } from '../shared/alarms.ts';
import { SPAN, SPAN_MINUTES, type Monitored } from '../shared/monitored.ts';

/** Does the front door answer? */
export const upAlarms = ({ stage, frontDoor, calls }: Monitored): AlarmDefinition[] => [
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
];

/** How long do callers wait? */
export const speedAlarms = ({ stage }: Monitored): AlarmDefinition[] => [
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

/** Do the providers answer? */
export const providerAlarms = ({ stage }: Monitored): AlarmDefinition[] => [
  {
    id: 'provider-errors',
    question: 'What broke?',
    measure: 'The share of calls that their provider failed among at least 20 calls is',
    metric: shareOf(
      ownMetric(stage, 'providerErrors', 'Sum', SPAN_MINUTES),
      ownMetric(stage, 'calls', 'Sum', SPAN_MINUTES),
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
];
