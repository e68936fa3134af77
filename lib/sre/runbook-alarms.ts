import { ownMetric, type AlarmDefinition } from '../shared/alarms.ts';
import { SPAN_MINUTES } from '../shared/monitored.ts';
import { deadLetterAlarm } from './dead-letters.ts';
import type { Incidents } from './incidents.ts';

/** Is what people approved done? */
export const runbookAlarms = ({
  stage,
  incidents,
}: {
  readonly stage: string;
  readonly incidents: Incidents;
}): readonly AlarmDefinition[] => [
  deadLetterAlarm(incidents.remediationsDead, {
    id: 'remediations-dead',
    measure: 'The number of approved steps of runbooks among the dead letters is',
    why: 'A person allowed a step, and nobody did it, or nobody says what became of it.',
  }),
  {
    id: 'remediations-failed',
    question: 'What broke?',
    measure:
      'The number of approved steps of runbooks that failed, or whose result nobody knows, is',
    metric: ownMetric(stage, 'failedRemediations', 'Sum', SPAN_MINUTES),
    rule: 'at least',
    threshold: 1,
    spanMinutes: SPAN_MINUTES,
    bad: 1,
    of: 1,
    why: 'The incident continues, and what was to help did not, or may have: nothing repeats it.',
  },
];
