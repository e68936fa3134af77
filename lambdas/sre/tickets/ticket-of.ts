import { firstCharacters } from '../../shared/characters.ts';
import { isWorse, type Anomaly } from '../domain/anomaly.ts';
import { CONFIDENCE_MIN, type Moment } from '../domain/cause.ts';
import type { LogRecord, Source } from '../domain/log-record.ts';
import type { Incident } from '../incidents/incident.ts';
import { NO_HELP, type TicketHelp } from './help-of.ts';
import { suggestedFix } from './suggested-fix.ts';
import type { Evidence, Ticket } from './ticket.ts';

const EVIDENCE_MAX = 5;
/** Up to so many a line may be like one before it. */
const EVIDENCE_ALIKE_MAX = 3;
const EVIDENCE_CHARS_MAX = 500;
const WHY_MAX = 6;
const TIMELINE_MAX = 20;
const TITLE_CHARS_MAX = 200;

/** Where people read more; null: there is no such place. */
export interface TicketLinks {
  readonly incident: (incidentId: string) => string | null;
  readonly record: (recordId: string) => string | null;
  readonly runbook: (incident: Incident) => string | null;
}

/**
 * What every destination says of an incident. Severity, services and the choice of the evidence come from what was
 * counted; the text of a log line is quoted, masked and cut, and decides nothing but that it is not quoted twice.
 */
export const ticketOf = (
  incident: Incident,
  anomalies: readonly Anomaly[],
  records: ReadonlyMap<string, LogRecord>,
  {
    links,
    mask,
    help = NO_HELP,
  }: {
    readonly links: TicketLinks;
    readonly mask: (text: string) => string;
    readonly help?: TicketHelp;
  },
): Ticket => {
  const { cause } = incident;
  const [suspect] = cause?.suspects ?? [];
  const isNamed = cause !== null && cause.root !== null && cause.confidence >= CONFIDENCE_MIN;
  const worst = worstFirst(anomalies);
  return {
    incidentId: incident.id,
    generation: incident.generation,
    revision: incident.revision,
    state: incident.mergedInto === null ? incident.state : 'resolved',
    band: incident.band,
    title: firstCharacters(mask(incident.title), TITLE_CHARS_MAX),
    why: whyOf(worst[0]),
    environment: environmentsOf(incident).join(', '),
    firstSeenMs: incident.firstSeenMs,
    lastSeenMs: incident.lastSeenMs,
    resolvedMs: incident.resolvedMs,
    acknowledgedBy: incident.acknowledgedBy,
    affected: namesOf(affectedOf(incident)),
    chain: namesOf(cause?.chain ?? []),
    evidence: unlikeFirst(
      evidenceIds(incident, worst).flatMap((id) =>
        evidenceOf(id, records.get(id), { links, mask }),
      ),
    ),
    cause: isNamed && suspect !== undefined ? { suspect, confidence: cause.confidence } : null,
    gaps: cause?.gaps ?? [],
    timeline: [
      ...mergedMoments(incident),
      ...(cause?.timeline ?? anomalies.map(momentOf).toSorted((a, b) => a.atMs - b.atMs)),
    ].slice(0, TIMELINE_MAX),
    suggestedFix: suggestedFix(worst),
    diagnosis: diagnosisOf(incident),
    runbook: help.runbook,
    remediations: help.remediations,
    runbookUrl: help.runbookUrl ?? links.runbook(incident),
    consoleUrl: links.incident(incident.id),
  };
};

/** The records that a ticket may quote, the most telling first. */
export const evidenceIds = (
  { cause }: Pick<Incident, 'cause'>,
  anomalies: readonly Anomaly[],
): readonly string[] => [
  ...new Set([
    ...(cause?.samples ?? []),
    ...worstFirst(anomalies).flatMap(({ samples }) => samples),
  ]),
];

const worstFirst = (anomalies: readonly Anomaly[]): readonly Anomaly[] =>
  anomalies.toSorted((left, right) => {
    if (left.band !== right.band) return isWorse(left.band, right.band) ? -1 : 1;
    return right.score.score - left.score.score || left.openedMs - right.openedMs;
  });

const whyOf = (worst: Anomaly | undefined): readonly string[] => {
  if (worst === undefined) return [];
  const { parts, adjustment } = worst.score;
  const sentences = parts
    .filter(({ points, because }) => points > 0 && because.length > 0)
    .toSorted((left, right) => right.points - left.points)
    .map(({ category, points, because }) => `${category} +${share(points)}: ${because.join(', ')}`);
  const adjusted =
    adjustment.points === 0
      ? []
      : [
          `adjusted by ${adjustment.points > 0 ? '+' : ''}${share(adjustment.points)}: ${adjustment.name}`,
        ];
  return [`Score ${share(worst.score.score)} (${worst.band}).`, ...sentences, ...adjusted].slice(
    0,
    WHY_MAX,
  );
};

const diagnosisOf = ({ diagnosis }: Incident): Ticket['diagnosis'] =>
  diagnosis === null || diagnosis.outcome.kind === 'none'
    ? null
    : { ...diagnosis.outcome, model: diagnosis.model };

const share = (thousandths: number): string => (thousandths / 1_000).toFixed(2);

const environmentsOf = ({ members }: Incident): readonly string[] => [
  ...new Set(members.map(({ source }) => source.environment).filter((name) => name !== '')),
];

const affectedOf = ({ cause, members }: Incident): readonly Source[] =>
  cause === null || cause.affected.length === 0
    ? members.map(({ source }) => source)
    : cause.affected;

const namesOf = (sources: readonly Source[]): readonly string[] => [
  ...new Set(sources.map(({ service }) => (service === '' ? 'unnamed service' : service))),
];

const evidenceOf = (
  recordId: string,
  record: LogRecord | undefined,
  { links, mask }: { readonly links: TicketLinks; readonly mask: (text: string) => string },
): readonly Evidence[] =>
  record === undefined
    ? []
    : [
        {
          recordId,
          atMs: record.timeMs,
          service: record.source.service,
          text: firstCharacters(mask(record.text), EVIDENCE_CHARS_MAX),
          url: links.record(recordId),
        },
      ];

/** Each line once: a line that differs from one before it in its figures alone says hardly more, and comes after the others. */
const unlikeFirst = (evidence: readonly Evidence[]): readonly Evidence[] => {
  const distinct = firstOfEach(evidence, ({ text }) => text);
  const unlike = firstOfEach(distinct, ({ text }) => text.replaceAll(/\d+/g, '0'));
  const alike = distinct.filter((line) => !unlike.includes(line));
  const room = Math.max(0, EVIDENCE_ALIKE_MAX - unlike.length);
  return [...unlike.slice(0, EVIDENCE_MAX), ...alike.slice(0, room)];
};

/** Of one service. */
const firstOfEach = (
  evidence: readonly Evidence[],
  kindOf: (line: Evidence) => string,
): readonly Evidence[] => {
  const seen = new Map<string, Evidence>();
  for (const line of evidence) {
    const kind = `${line.service}\n${kindOf(line)}`;
    if (!seen.has(kind)) seen.set(kind, line);
  }
  return [...seen.values()];
};

const momentOf = ({ openedMs, source, why }: Anomaly): Moment => ({
  atMs: openedMs,
  source,
  what: why,
});

const mergedMoments = ({ mergedInto, resolvedMs, lastSeenMs }: Incident): readonly Moment[] =>
  mergedInto === null
    ? []
    : [{ atMs: resolvedMs ?? lastSeenMs, source: null, what: `It continues as ${mergedInto}.` }];
