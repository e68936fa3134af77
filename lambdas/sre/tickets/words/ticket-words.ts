import { confidenceText } from '../../domain/cause.ts';
import type { IncidentState } from '../../incidents/incident.ts';
import type { Band } from '../../score/composite.ts';
import { wordsOf } from '../../runbooks/remediation.ts';
import type { Ticket, TicketRemediation } from '../ticket.ts';
import { cleanLine, cleanLines, cut, safeUrl, unlinked } from '../../../shared/clean-text.ts';

/** A line of a ticket. Its text is somebody's: a log line, a name, a model's words. It is text, whatever it looks like. */
export interface TicketLine {
  readonly text: string;
  readonly url: string | null;
}

export interface TicketSection {
  readonly heading: string;
  readonly kind: 'text' | 'code';
  readonly lines: readonly TicketLine[];
}

/**
 * What every destination shows of an incident, in the order in which people need it. Cleaned and bounded: no line has a
 * control character, all of it together stays under 11,000 characters.
 */
export interface TicketWords {
  readonly title: string;
  readonly facts: readonly { readonly label: string; readonly value: string }[];
  readonly sections: readonly TicketSection[];
  readonly links: readonly { readonly text: string; readonly url: string }[];
  /** Steps that wait and that these words show whole: they alone are approved where these words are. */
  readonly approvals: readonly TicketRemediation[];
}

const TITLE_CHARS_MAX = 140;
const NAME_CHARS_MAX = 60;
const LINE_CHARS_MAX = 250;
const EVIDENCE_CHARS_MAX = 500;
const FIX_CHARS_MAX = 1_200;
const SERVICES_MAX = 20;
const CHAIN_MAX = 10;
const MOMENTS_MAX = 6;
/** Of all sections; Slack takes some 12,000 characters with the facts. */
const WORDS_CHARS_MAX = 10_000;
const CLAIMS_MAX = 10;
const CITES_SHOWN = 2;
const REMEDIATION_CHARS_MAX = 1_200;
/** So that four steps that wait fit. */
const SENT_CHARS_MAX = 400;
const RUNBOOK_LINES_MAX = 4;

export const BAND_WORDS: Readonly<Record<Band, string>> = {
  critical: 'Critical',
  high: 'High',
  medium: 'Medium',
  low: 'Low',
};
export const STATE_WORDS: Readonly<Record<IncidentState, string>> = {
  identified: 'Identified',
  acknowledged: 'Acknowledged',
  investigating: 'Investigating',
  mitigated: 'Mitigated',
  resolved: 'Resolved',
};

export const ticketWords = (ticket: Ticket): TicketWords => {
  const counted = [
    section('Why it is this bad', 'text', lines(ticket.why, 5)),
    causeSection(ticket),
    section('How it spreads', 'text', chainLines(ticket)),
    section('Affected services', 'text', listLines(ticket.affected)),
    section('Evidence', 'code', evidenceLines(ticket)),
    section('What would make the cause surer', 'text', lines(ticket.gaps, 3)),
    section('Suggested fix', 'text', fixLines(ticket)),
  ];
  const timeline = section('Timeline', 'text', timelineLines(ticket));
  const room = WORDS_CHARS_MAX - charsOf([...counted, timeline]);
  const remediations = remediationLines(ticket, room);
  const help = [
    section('Steps to approve, and what came of them', 'text', remediations),
    section('Runbook', 'text', runbookLines(ticket, room - REMEDIATION_CHARS_MAX)),
  ];
  const left = room - charsOf(help);
  return {
    approvals: ticket.remediations.filter((one) =>
      remediations.some(({ text }) => one.state === 'waiting' && text === wholeLine(one)),
    ),
    title: ticketTitle(ticket),
    facts: factsOf(ticket),
    sections: [
      ...counted,
      ...help,
      section('What a model says', 'text', diagnosisLines(ticket, left)),
      timeline,
    ].filter(({ lines: all }) => all.length > 0),
    links: [
      { text: 'Open in Sluice', url: safeUrl(ticket.consoleUrl) },
      { text: 'Runbook', url: safeUrl(ticket.runbookUrl) },
    ].flatMap(({ text, url }) => (url === null ? [] : [{ text, url }])),
  };
};

const charsOf = (sections: readonly TicketSection[]): number =>
  sections.reduce(
    (sum, { heading, lines: all }) =>
      all.reduce((chars, { text }) => chars + text.length, sum + heading.length),
    0,
  );

/** Of every list and every mail, each with rules of its own: an address in it leads nowhere. */
export const ticketTitle = ({ title }: Pick<Ticket, 'title'>): string => {
  const clean = unlinked(cleanLine(title, TITLE_CHARS_MAX));
  return clean === '' ? 'Incident' : clean;
};

/** UTC to the second, as people write it. */
export const timeText = (atMs: number): string =>
  `${new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

const factsOf = (ticket: Ticket): TicketWords['facts'] =>
  [
    { label: 'Severity', value: BAND_WORDS[ticket.band] },
    { label: 'State', value: STATE_WORDS[ticket.state] },
    { label: 'Environment', value: name(ticket.environment) },
    { label: 'First seen', value: timeText(ticket.firstSeenMs) },
    { label: 'Last seen', value: timeText(ticket.lastSeenMs) },
    { label: 'Resolved', value: ticket.resolvedMs === null ? '' : timeText(ticket.resolvedMs) },
    { label: 'Acknowledged by', value: name(ticket.acknowledgedBy ?? '') },
    { label: 'Incident', value: name(ticket.incidentId) },
  ].filter(({ value }) => value !== '');

const causeSection = ({ cause }: Ticket): TicketSection => {
  if (cause === null)
    return section('Likely cause', 'text', [plain('No service stands out as the cause yet.')]);
  const { suspect, confidence } = cause;
  return section('Likely cause', 'text', [
    plain(`${name(suspect.source.service)} (${confidenceText(confidence)})`),
    ...lines(suspect.because, 3),
  ]);
};

const chainLines = ({ chain }: Ticket): readonly TicketLine[] => {
  if (chain.length < 2) return [];
  const names = chain.slice(0, CHAIN_MAX).map(name);
  return [plain([...names, ...(chain.length > CHAIN_MAX ? ['…'] : [])].join(' → '))];
};

const listLines = (services: readonly string[]): readonly TicketLine[] => {
  if (services.length === 0) return [];
  const more = services.length - SERVICES_MAX;
  const listed = services.slice(0, SERVICES_MAX).map(name).join(', ');
  return [plain(more > 0 ? `${listed} and ${more} more` : listed)];
};

const evidenceLines = ({ evidence }: Ticket): readonly TicketLine[] =>
  evidence.slice(0, 5).map(({ atMs, service, text, url }) => ({
    text: `${timeText(atMs).slice(11, 19)} ${name(service)}: ${cleanLine(text, EVIDENCE_CHARS_MAX)}`,
    url: safeUrl(url),
  }));

const fixLines = ({ suggestedFix }: Ticket): readonly TicketLine[] =>
  cleanLines(suggestedFix ?? '', FIX_CHARS_MAX)
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map(plain);

/** Behind all that was counted, and as many claims as there is room for beside it: nothing makes room for a model. */
const diagnosisLines = ({ diagnosis }: Ticket, charsMax: number): readonly TicketLine[] => {
  if (diagnosis === null) return [];
  const { model, confidence, summary, rootCause, blastRadius, fixSteps } = diagnosis;
  const said = [
    ...summary.map((claim) => ['Summary', claim] as const),
    ...rootCause.map((claim) => ['Cause', claim] as const),
    ...blastRadius.map((claim) => ['Affected', claim] as const),
    ...fixSteps.map((claim, index) => [`Step ${index + 1}`, claim] as const),
  ];
  const all = [
    plain(`${name(model)}, ${confidence} confidence. Nobody checked it; records are in brackets.`),
    ...said.slice(0, CLAIMS_MAX).map(([what, { text, cites }]) => {
      const ids = cites.slice(0, CITES_SHOWN).map(shortId).join(', ');
      return plain(`${what}: ${unlinked(cleanLine(text, LINE_CHARS_MAX))} [${ids}]`);
    }),
  ];
  let left = charsMax;
  const shown = all.filter(({ text }) => (left -= text.length) >= 0);
  return shown.length > 1 ? shown : [];
};

/** What waits says the hash that an approval names. */
const remediationLines = ({ remediations }: Ticket, charsMax: number): readonly TicketLine[] =>
  fitting(
    remediations.map((one) => {
      const { id, title, state, result } = one;
      return plain(
        state === 'waiting'
          ? (wholeLine(one) ??
              `${name(title)}: waits for approval. What it would send is not shown here: read its plan (${id}).`)
          : `${name(title)}: ${wordsOf(state)}. ${unlinked(cleanLine(result ?? '', LINE_CHARS_MAX / 2))}`,
      );
    }),
    Math.min(charsMax, REMEDIATION_CHARS_MAX),
  );

/** null: a part of it would be cut or cleaned away, so that nobody would have read it. */
const wholeLine = ({ id, title, target, sent, planHash }: TicketRemediation): string | null => {
  const what = `${sent ?? ''} to ${target}`;
  if (sent === null || cleanLine(what, SENT_CHARS_MAX) !== what) return null;
  return `${name(title)}: waits for approval, would send ${unlinked(what)} (${id} ${planHash.slice(0, 12)})`;
};

const runbookLines = ({ runbook }: Ticket, charsMax: number): readonly TicketLine[] => {
  if (runbook === null) return [];
  const first = cleanLines(runbook.text, LINE_CHARS_MAX * RUNBOOK_LINES_MAX)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .slice(0, RUNBOOK_LINES_MAX);
  return fitting(
    [
      ...(name(runbook.name) === '' ? [] : [plain(name(runbook.name))]),
      ...first.map((line) => plain(unlinked(cut(line, LINE_CHARS_MAX)))),
      ...runbook.steps.map((title, index) => plain(`${index + 1}. ${name(title)}`)),
    ],
    charsMax,
  );
};

/** The first that fit. */
const fitting = (all: readonly TicketLine[], charsMax: number): readonly TicketLine[] => {
  let left = charsMax;
  return all.filter(({ text }) => (left -= text.length) >= 0);
};

/** As much of a record's id as tells it from the others of a ticket. */
const shortId = (id: string): string => {
  const [block = '', index] = cleanLine(id, NAME_CHARS_MAX * 2).split('#');
  return index === undefined ? cut(block, 40) : `${block.slice(0, 6)}#${cut(index, 8)}`;
};

const timelineLines = ({ timeline }: Ticket): readonly TicketLine[] =>
  timeline
    .slice(-MOMENTS_MAX)
    .map(({ atMs, source, what }) =>
      plain(
        `${timeText(atMs).slice(11, 19)} ${source === null ? '' : `${name(source.service)}: `}${cleanLine(what, LINE_CHARS_MAX)}`,
      ),
    );

const section = (
  heading: string,
  kind: TicketSection['kind'],
  all: readonly TicketLine[],
): TicketSection => ({ heading, kind, lines: all });

const lines = (texts: readonly string[], max: number): readonly TicketLine[] =>
  texts.slice(0, max).flatMap((text) => {
    const clean = cleanLine(text, LINE_CHARS_MAX);
    return clean === '' ? [] : [plain(clean)];
  });

const plain = (text: string): TicketLine => ({ text, url: null });

const name = (text: string): string => cleanLine(text, NAME_CHARS_MAX);
