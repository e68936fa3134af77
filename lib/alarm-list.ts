import { Duration } from 'aws-cdk-lib';
import { providerAlarms, speedAlarms, upAlarms } from './gateway/alarms.ts';
import { expiryAlarms, moneyAlarms, recordAlarms } from './ledger/alarms.ts';
import { sumOf, type AlarmDefinition } from './shared/alarms.ts';
import { QUARTER_MINUTES, type Monitored } from './shared/monitored.ts';
import { fanOutAlarms, socketAlarms, sweepAlarms, turnAlarms } from './threads/alarms.ts';

/** The one list of alarms, of all rooms; docs/runbook.md has an article for each, and a test compares them. */
export const alarmList = (monitored: Monitored): readonly AlarmDefinition[] => [
  ...upAlarms(monitored),
  ...expiryAlarms(monitored),
  ...sweepAlarms(monitored),
  ...speedAlarms(monitored),
  ...moneyAlarms(monitored),
  ...fanOutAlarms(monitored),
  ...providerAlarms(monitored),
  ...recordAlarms(monitored),
  ...socketAlarms(monitored),
  ...backgroundAlarms(monitored),
  ...turnAlarms(monitored),
];

/** What runs without a caller, in whatever room. */
const backgroundAlarms = (monitored: Monitored): AlarmDefinition[] => [
  {
    id: 'background-errors',
    question: 'What broke?',
    measure:
      'The number of failed runs of roll-up-usage, expire-holds, sweep-runs, close-sockets and fan-out is',
    metric: sumOf(
      [
        monitored.rollUp,
        monitored.expireHolds,
        monitored.sweepRuns,
        monitored.closeSockets,
        monitored.fanOut,
      ].map((fn) => fn.metricErrors({ period: Duration.minutes(QUARTER_MINUTES) })),
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
