import { isWorse, type Anomaly } from '../domain/anomaly.ts';
import type { Cause } from '../domain/cause.ts';
import type { LogRecord, Source } from '../domain/log-record.ts';
import type { Incident } from '../incidents/incident.ts';
import type { Step } from '../incidents/timeline.ts';
import { SLUICE } from '../incidents/timeline.ts';
import { cleanLine, cleanLines } from '../../shared/clean-text.ts';
import type { SimilarIncident } from './similar.ts';
import {
  ANOMALIES_TOLD_MAX,
  DEPLOYS_MAX,
  INPUT_BYTES_MAX,
  LINE_CHARS_MAX,
  LINES_MAX,
  NAME_CHARS_MAX,
  NOTE_CHARS_MAX,
  NOTES_MAX,
  RUNBOOK_CHARS_MAX,
} from './limits.ts';

/** A text of the team about what to do, as a model gets it. */
export interface Runbook {
  readonly id: string;
  readonly title: string;
  readonly text: string;
}

/** An incident that was resolved, and what people wrote about it. */
export interface PastIncident extends SimilarIncident {
  readonly steps: readonly Step[];
}

export interface Material {
  readonly incident: Incident;
  readonly anomalies: readonly Anomaly[];
  /** By id, in the order in which they tell most. */
  readonly records: ReadonlyMap<string, LogRecord>;
  readonly deploys: readonly {
    readonly source: Source;
    readonly version: string;
    readonly atMs: number;
  }[];
  readonly runbook: Runbook | null;
  readonly similar: readonly PastIncident[];
}

/** One record of a question, under the id by which an answer cites it. All of its words are masked, cleaned and cut. */
export interface Item {
  readonly id: string;
  readonly kind: 'incident' | 'cause' | 'anomaly' | 'log' | 'deploy' | 'past_incident' | 'runbook';
  readonly [field: string]: string | number | readonly string[];
}

/** What a model gets, the most telling first. `mask` hides what no provider is to see; it sees every text here. */
export const itemsOf = (material: Material, mask: (text: string) => string): readonly Item[] => {
  const line = (text: string, charsMax: number = LINE_CHARS_MAX): string =>
    cleanLine(mask(text), charsMax);
  const named = (source: Source): string => line(nameOf(source), NAME_CHARS_MAX);
  const { incident, anomalies, records, deploys, runbook, similar } = material;
  const { cause } = incident;
  return [
    incidentItem(incident, line),
    ...(cause === null ? [] : [causeItem(cause, line, named)]),
    ...anomalies
      .toSorted((left, right) => (isWorse(left.band, right.band) ? -1 : 1))
      .slice(0, ANOMALIES_TOLD_MAX)
      .map((anomaly) => anomalyItem(anomaly, line, named)),
    ...[...records].slice(0, LINES_MAX).map(([id, record]) => logItem(id, record, line, named)),
    ...deploys.slice(0, DEPLOYS_MAX).map(({ source, version, atMs }, index): Item => ({
      id: `deploy-${index + 1}`,
      kind: 'deploy',
      service: named(source),
      version: line(version, NAME_CHARS_MAX),
      time: timeOf(atMs),
    })),
    ...(runbook === null
      ? []
      : [
          {
            id: runbook.id,
            kind: 'runbook',
            title: line(runbook.title, NAME_CHARS_MAX),
            text: cleanLines(mask(runbook.text), RUNBOOK_CHARS_MAX),
          } as const,
        ]),
    ...similar.map((past) => pastItem(past, line)),
  ];
};

/** As many as fit, none of them cut; what tells most comes first. */
export const withinBytes = (
  items: readonly Item[],
  bytesMax: number = INPUT_BYTES_MAX,
): readonly Item[] => {
  let left = bytesMax;
  return items.filter((item) => {
    const bytes = Buffer.byteLength(JSON.stringify(item)) + 1;
    if (bytes > left) return false;
    left -= bytes;
    return true;
  });
};

type Line = (text: string, charsMax?: number) => string;
type Named = (source: Source) => string;

const incidentItem = (incident: Incident, line: Line): Item => ({
  id: incident.id,
  kind: 'incident',
  title: line(incident.title),
  severity: incident.band,
  first_seen: timeOf(incident.firstSeenMs),
  last_seen: timeOf(incident.lastSeenMs),
  anomalies: incident.anomalyCount,
});

const causeItem = (cause: Cause, line: Line, named: Named): Item => ({
  id: 'cause',
  kind: 'cause',
  root: cause.root === null ? 'none is sure enough' : named(cause.root),
  confidence: cause.confidence,
  template: line(cause.template?.text ?? ''),
  suspects: cause.suspects.map(
    ({ source, score, because }) =>
      `${named(source)} (${score.toFixed(1)}): ${line(because.join('; '))}`,
  ),
  chain: cause.chain.map(named),
  affected: cause.affected.slice(0, 20).map(named),
  missing: cause.gaps.slice(0, 5).map((gap) => line(gap)),
});

const anomalyItem = (
  { id, kind, source, band, openedMs, why, facts, template }: Anomaly,
  line: Line,
  named: Named,
): Item => ({
  id,
  kind: 'anomaly',
  symptom: kind,
  service: named(source),
  severity: band,
  time: timeOf(openedMs),
  why: line(why),
  template: line(template?.text ?? ''),
  metrics: Object.entries(facts).map(([name, value]) => line(`${name} = ${value}`, NAME_CHARS_MAX)),
});

const logItem = (id: string, record: LogRecord, line: Line, named: Named): Item => ({
  id,
  kind: 'log',
  service: named(record.source),
  time: timeOf(record.timeMs),
  severity: record.severity,
  text: line(record.text),
  ...(record.stack === null ? {} : { stack: line(record.stack) }),
});

const pastItem = ({ incident, steps, score }: PastIncident, line: Line): Item => ({
  id: incident.id,
  kind: 'past_incident',
  title: line(incident.title),
  likeness: Number(score.toFixed(2)),
  opened: timeOf(incident.openedMs),
  minutes: Math.round(((incident.resolvedMs ?? incident.openedMs) - incident.openedMs) / 60_000),
  root:
    incident.cause === null || incident.cause.root === null
      ? ''
      : line(nameOf(incident.cause.root), NAME_CHARS_MAX),
  resolution: steps
    .filter(({ kind, by }) => kind === 'resolved' || (kind === 'noted' && by !== SLUICE))
    .slice(-NOTES_MAX)
    .map(({ text }) => line(text, NOTE_CHARS_MAX)),
});

const nameOf = ({ environment, namespace, service }: Source): string =>
  [environment, namespace, service].filter((part) => part !== '').join('/') || 'the whole project';

const timeOf = (atMs: number): string => new Date(atMs).toISOString();
