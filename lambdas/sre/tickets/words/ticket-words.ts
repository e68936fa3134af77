import type { IncidentState } from '../../incidents/incident.ts';
import type { Band } from '../../score/composite.ts';
import type { Ticket } from '../ticket.ts';
import { cleanLine, cleanLines, safeUrl, unlinked } from './clean-text.ts';

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
}

const TITLE_CHARS_MAX = 140;
const NAME_CHARS_MAX = 60;
const LINE_CHARS_MAX = 250;
const EVIDENCE_CHARS_MAX = 500;
const FIX_CHARS_MAX = 1_200;
const SERVICES_MAX = 20;
const CHAIN_MAX = 10;
const MOMENTS_MAX = 6;

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

export const ticketWords = (ticket: Ticket): TicketWords => ({
  title: ticketTitle(ticket),
  facts: factsOf(ticket),
  sections: [
    section('Why it is this bad', 'text', lines(ticket.why, 5)),
    causeSection(ticket),
    section('How it spreads', 'text', chainLines(ticket)),
    section('Affected services', 'text', listLines(ticket.affected)),
    section('Evidence', 'code', evidenceLines(ticket)),
    section('What would make the cause surer', 'text', lines(ticket.gaps, 3)),
    section('Suggested fix', 'text', fixLines(ticket)),
    section('Timeline', 'text', timelineLines(ticket)),
  ].filter(({ lines: all }) => all.length > 0),
  links: [
    { text: 'Open in Sluice', url: safeUrl(ticket.consoleUrl) },
    { text: 'Runbook', url: safeUrl(ticket.runbookUrl) },
  ].flatMap(({ text, url }) => (url === null ? [] : [{ text, url }])),
});

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
    plain(`${name(suspect.source.service)} (confidence ${confidence.toFixed(1)})`),
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
