import { ownMetric, sumOf, type AlarmDefinition } from '../shared/alarms.ts';
import { keptRecords, SPAN, SPAN_MINUTES } from '../shared/monitored.ts';
import { deadLetterAlarm } from './dead-letters.ts';
import { diagnosisAlarms } from './diagnosis-alarms.ts';
import type { Incidents } from './incidents.ts';
import type { Sre } from './sre.ts';
import { runbookAlarms } from './runbook-alarms.ts';
import { ticketAlarms } from './ticket-alarms.ts';
import type { Tickets } from './tickets.ts';

const EVALUATE_LAG_MS = 60_000;
const TOLD_LATE_MS = 60_000;

/** What the alarms of the SRE look at. */
export interface MonitoredSre {
  readonly stage: string;
  readonly sre: Sre;
  readonly incidents: Incidents;
  readonly tickets: Tickets;
}

/** Does telemetry come in, is it looked at, and is anybody notified when not? */
export const sreAlarms = (monitored: MonitoredSre): readonly AlarmDefinition[] => [
  ...telemetryAlarms(monitored),
  ...incidentAlarms(monitored),
  ...ticketAlarms(monitored),
  ...diagnosisAlarms(monitored),
  ...runbookAlarms(monitored),
];

const telemetryAlarms = ({ stage, sre }: MonitoredSre): readonly AlarmDefinition[] => [
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
    measure: 'The longest that windows lag is',
    metric: ownMetric(stage, 'evaluateLagMs', 'Maximum', SPAN_MINUTES),
    rule: 'above',
    threshold: EVALUATE_LAG_MS,
    unit: 'ms',
    spanMinutes: SPAN_MINUTES,
    bad: 2,
    of: 3,
    why: 'An anomaly is promised within 15 seconds; a minute late, the page comes after the customers.',
  },
  deadLetterAlarm(sre.deadLetters, {
    id: 'evaluations-dead',
    measure: 'The number of requests to evaluate among the dead letters is',
    why: 'Each failed five times: the windows of a tenant stand still, or stood still for a while.',
  }),
  {
    id: 'hot-blocks-kept-aside',
    question: 'What broke?',
    measure: 'The number of hot blocks that were not reported at once is',
    metric: keptRecords(sre.logsMapping.eventSourceMappingId),
    rule: 'at least',
    threshold: 1,
    spanMinutes: SPAN_MINUTES,
    bad: 1,
    of: 1,
    why: 'The tick evaluates them too, up to a minute later: nothing is lost but the immediate path.',
  },
];

/** Does what was found become an incident, and is it sent? */
const incidentAlarms = ({ incidents }: MonitoredSre): readonly AlarmDefinition[] => [
  {
    id: 'incidents-untold',
    question: 'What broke?',
    measure: 'The number of changes of anomalies and incidents that nobody was notified of is',
    metric: keptRecords(incidents.sreMapping.eventSourceMappingId),
    rule: 'at least',
    threshold: 1,
    spanMinutes: SPAN_MINUTES,
    bad: 1,
    of: 1,
    why: 'They were tried for twelve hours: an anomaly has no incident, or an incident no ticket.',
  },
  {
    id: 'incidents-late',
    question: 'Is it fast?',
    measure: 'The longest that a change of an anomaly or an incident waits to be sent is',
    metric: incidents.announce.metric('IteratorAge', { statistic: 'Maximum', period: SPAN }),
    rule: 'above',
    threshold: TOLD_LATE_MS,
    unit: 'ms',
    spanMinutes: SPAN_MINUTES,
    bad: 1,
    of: 1,
    why: 'A ticket is promised within 30 seconds; a minute late, people hear of it from customers.',
  },
  deadLetterAlarm(incidents.looksDead, {
    id: 'looks-dead',
    measure: 'The number of looks at anomalies among the dead letters is',
    why: 'Each failed five times: its anomalies are in no incident.',
  }),
  deadLetterAlarm(incidents.learnDead, {
    id: 'learning-dead',
    measure: 'The number of minutes to learn from among the dead letters is',
    why: 'Each failed five times: causes are found by what is usual, and where no minute is learned they grow less sure.',
  }),
  deadLetterAlarm(incidents.changesDead, {
    id: 'incident-changes-dead',
    measure: 'The number of changes of incidents among the dead letters is',
    why: 'Each failed a hundred times: the tickets of an incident are not what the incident is.',
  }),
];
