import { ownMetric, type AlarmDefinition } from '../shared/alarms.ts';
import { SPAN_MINUTES } from '../shared/monitored.ts';
import { deadLetterAlarm } from './dead-letters.ts';
import type { Tickets } from './tickets.ts';

/** Do tickets get where they are to go? */
export const ticketAlarms = ({
  stage,
  tickets,
}: {
  readonly stage: string;
  readonly tickets: Tickets;
}): readonly AlarmDefinition[] => [
  deadLetterAlarm(tickets.deliveriesDead, {
    id: 'deliveries-dead',
    measure: 'The number of deliveries of tickets among the dead letters is',
    why: 'Each failed 200 times: a destination waits for a ticket until its incident changes again.',
  }),
  {
    id: 'destination-credentials',
    question: 'What broke?',
    measure: 'The number of tickets that a destination refused for its credentials is',
    metric: ownMetric(stage, 'refusedCredentials', 'Sum', SPAN_MINUTES),
    rule: 'at least',
    threshold: 1,
    spanMinutes: SPAN_MINUTES,
    bad: 1,
    of: 3,
    why: 'Nobody hears of incidents there until a person gives it new ones; it is tried each quarter of an hour.',
  },
  {
    id: 'tickets-stopped',
    question: 'What broke?',
    measure: 'The number of tickets and notices that their destination does not take is',
    metric: ownMetric(stage, 'stoppedDeliveries', 'Sum', SPAN_MINUTES),
    rule: 'at least',
    threshold: 1,
    spanMinutes: SPAN_MINUTES,
    bad: 1,
    of: 1,
    why: 'It refused what was sent, or failed for a day, a notice three times: an incident or a cap is not sent where it should be.',
  },
];
