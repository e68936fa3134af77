import { ownMetric, type AlarmDefinition } from '../shared/alarms.ts';
import { QUARTER_MINUTES } from '../shared/monitored.ts';
import { deadLetterAlarm } from './dead-letters.ts';
import type { Incidents } from './incidents.ts';

/** Do models say what they are asked about incidents? */
export const diagnosisAlarms = ({
  stage,
  incidents,
}: {
  readonly stage: string;
  readonly incidents: Incidents;
}): readonly AlarmDefinition[] => [
  deadLetterAlarm(incidents.diagnosesDead, {
    id: 'diagnoses-dead',
    measure: 'The number of incidents to diagnose among the dead letters is',
    why: 'Each failed ten times by a fault of ours: its ticket stays without a diagnosis.',
  }),
  {
    id: 'diagnoses-failing',
    question: 'What broke?',
    measure: 'The number of incidents that a model was asked about and did not diagnose is',
    metric: ownMetric(stage, 'failedDiagnoses', 'Sum', QUARTER_MINUTES),
    rule: 'at least',
    threshold: 3,
    spanMinutes: QUARTER_MINUTES,
    bad: 1,
    of: 1,
    why: 'The model is down, at its cap, or does not answer as it is asked. Tickets go out without it.',
  },
];
