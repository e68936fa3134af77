import { Duration } from 'aws-cdk-lib';
import { ownMetric, type AlarmDefinition } from '../shared/alarms.ts';
import { QUARTER_MINUTES, SPAN_MINUTES, type Monitored } from '../shared/monitored.ts';

/** Does each turn of a thread come to its end? */
export const threadAlarms = ({ stage, runTurn }: Monitored): AlarmDefinition[] => [
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
