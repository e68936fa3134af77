import { Duration } from 'aws-cdk-lib';
import { ownMetric, type AlarmDefinition } from '../shared/alarms.ts';
import {
  keptRecords,
  QUARTER_MINUTES,
  SPAN,
  SPAN_MINUTES,
  type Monitored,
} from '../shared/monitored.ts';

/** Does each turn of a thread come to its end? */
export const turnAlarms = ({ stage, runTurn }: Monitored): AlarmDefinition[] => [
  {
    id: 'stuck-runs',
    question: 'What broke?',
    measure: 'The greatest number of turns past their lease that a sweep could not end is',
    metric: ownMetric(stage, 'stuckRuns', 'Maximum', SPAN_MINUTES),
    rule: 'at least',
    threshold: 1,
    spanMinutes: SPAN_MINUTES,
    bad: 2,
    of: 2,
    why: 'A sweep ends what lost its producer within two minutes; a turn that is still there after ten does not end by itself.',
  },
  {
    id: 'run-sweep-failing',
    question: 'What broke?',
    measure: 'The number of looks after a turn that failed in the sweep is',
    metric: ownMetric(stage, 'unsweptRuns', 'Sum', SPAN_MINUTES),
    rule: 'at least',
    threshold: 1,
    spanMinutes: SPAN_MINUTES,
    bad: 2,
    of: 3,
    why: 'The sweep comes back each minute, so one failure heals; failures in two spans are a turn that it cannot end.',
  },
  {
    id: 'takeovers',
    question: 'What broke?',
    measure: 'The number of turns that lost their producer and were taken over is',
    metric: ownMetric(stage, 'takeovers', 'Sum', QUARTER_MINUTES),
    rule: 'at least',
    threshold: 5,
    spanMinutes: QUARTER_MINUTES,
    bad: 1,
    of: 1,
    why: 'A lost instance leaves the turns that it ran; five in a quarter of an hour are no single accident.',
  },
  {
    id: 'run-turn-errors',
    question: 'What broke?',
    measure: 'The number of failed runs of run-turn is',
    metric: runTurn.metricErrors({ period: Duration.minutes(QUARTER_MINUTES) }),
    rule: 'at least',
    threshold: 3,
    spanMinutes: QUARTER_MINUTES,
    bad: 1,
    of: 1,
    why: 'Lambda tries a failed run twice more, so three are one turn that nobody could start, or a function that does not start at all.',
  },
];

/** Is the sweep of turns at work? */
export const sweepAlarms = ({ sweepRuns }: Monitored): AlarmDefinition[] => [
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

/** Do those who watch a thread hear of its changes? */
export const fanOutAlarms = ({ stage, fanOutMappingId }: Monitored): AlarmDefinition[] => [
  {
    id: 'fan-out-lag',
    question: 'Is it fast?',
    measure:
      'The 99th percentile of the age of what happened to a watched thread when its sockets are notified is',
    metric: ownMetric(stage, 'fanOutLagMs', 'p99', SPAN_MINUTES),
    rule: 'above',
    threshold: 5_000,
    unit: 'ms',
    spanMinutes: SPAN_MINUTES,
    bad: 2,
    of: 3,
    why: 'A stream and one post take some 300 ms; answers themselves do not go this way, so five seconds are late and not lost.',
  },
  {
    id: 'events-not-told',
    question: 'What broke?',
    measure: 'The number of changes of threads that sockets could not be notified of is',
    metric: keptRecords(fanOutMappingId),
    rule: 'at least',
    threshold: 1,
    spanMinutes: SPAN_MINUTES,
    bad: 1,
    of: 1,
    why: 'A socket that cannot be reached is cut and is none of these: a record that fails six times meets a defect or a missing permission.',
  },
];

/** Do sockets get their frames, and lose them with their key? */
export const socketAlarms = ({ stage, closeSocketsMappingId }: Monitored): AlarmDefinition[] => [
  {
    id: 'posts-failed',
    question: 'What broke?',
    measure: 'The number of frames that did not come through to an open socket is',
    metric: ownMetric(stage, 'failedPosts', 'Sum', SPAN_MINUTES),
    rule: 'at least',
    threshold: 50,
    spanMinutes: SPAN_MINUTES,
    bad: 2,
    of: 3,
    why: 'Each is tried three times and its socket then cut, so single ones heal; fifty in five minutes mean that the API refuses or throttles.',
  },
  {
    id: 'sockets-left-open',
    question: 'What broke?',
    measure: 'The number of changed keys whose sockets could not be checked is',
    metric: keptRecords(closeSocketsMappingId),
    rule: 'at least',
    threshold: 1,
    spanMinutes: SPAN_MINUTES,
    bad: 1,
    of: 1,
    why: 'A revoked key may continue to watch until its next message or the end of its socket, at most two hours.',
  },
];
