import type { AlarmDefinition } from '../shared/alarms.ts';
import { keptRecords, QUARTER_MINUTES, SPAN, SPAN_MINUTES } from '../shared/monitored.ts';
import type { LogIndex } from './log-index.ts';

const INDEX_LAG_MS = 300_000;
/** Of each node's volume; OpenSearch makes its indexes read-only at five of a hundred. */
const FREE_SHARE = 0.2;
const MB_A_GB = 1_024;

/** Can what came in be found? For stages that search by OpenSearch. */
export const indexAlarms = ({
  indexLogs,
  mappingId,
  domain,
}: LogIndex): readonly AlarmDefinition[] => [
  {
    id: 'index-lag',
    question: 'Is it fast?',
    measure: 'The longest that a batch of telemetry waits to be indexed is',
    metric: indexLogs.metric('IteratorAge', { statistic: 'Maximum', period: SPAN }),
    rule: 'above',
    threshold: INDEX_LAG_MS,
    unit: 'ms',
    spanMinutes: SPAN_MINUTES,
    bad: 2,
    of: 3,
    why: 'Whoever looks for the last minutes does not find them; after six hours they are kept aside.',
  },
  {
    id: 'logs-not-indexed',
    question: 'What broke?',
    measure: 'The number of batches of telemetry that were kept aside unindexed is',
    metric: keptRecords(mappingId),
    rule: 'at least',
    threshold: 1,
    spanMinutes: SPAN_MINUTES,
    bad: 1,
    of: 1,
    why: 'They were tried for six hours: no search finds them until somebody replays them.',
  },
  {
    id: 'index-space',
    question: 'What broke?',
    measure: 'The space that is left on the fullest volume of the index is',
    metric: domain.freeStorage,
    rule: 'below',
    threshold: Math.floor(domain.volumeGb * MB_A_GB * FREE_SHARE),
    unit: 'MB',
    spanMinutes: QUARTER_MINUTES,
    bad: 2,
    of: 2,
    why: 'An index that is full takes nothing more.',
  },
];
