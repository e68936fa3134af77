import { ownMetric, shareOf, type AlarmDefinition } from '../shared/alarms.ts';
import {
  keptRecords,
  QUARTER_MINUTES,
  SPAN,
  SPAN_MINUTES,
  type Monitored,
} from '../shared/monitored.ts';

const HOUR_MS = 3_600_000;

/** Is the money right? */
export const moneyAlarms = ({ stage, rollUp }: Monitored): AlarmDefinition[] => [
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
    why: 'Stopped calls are estimated, and some providers report no usage now and then; one in ten means that a provider reports none at all.',
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
    why: 'A stream keeps a record for 24 hours; a delay of one hour leaves 23 hours to act before settlements are lost to usage.',
  },
];

/** Do holds of dead calls end? */
export const expiryAlarms = ({ expireHolds }: Monitored): AlarmDefinition[] => [
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
];

/** Does every settlement reach usage? */
export const recordAlarms = ({ rollUp, rollUpMappingId }: Monitored): AlarmDefinition[] => [
  {
    id: 'records-kept-aside',
    question: 'What broke?',
    measure: 'The number of stream records that failed for good and were kept is',
    metric: keptRecords(rollUpMappingId),
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
    metric: rollUp.metric('DestinationDeliveryFailures', {
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
];
