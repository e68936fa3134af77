import type { Ticket } from '../../tickets/ticket.ts';
import { cut, unlinked } from '../../../shared/clean-text.ts';
import { ticketTitle, ticketWords } from '../../tickets/words/ticket-words.ts';
import { plainWords } from '../shared/plain-words.ts';

/** Of the columns of `incident` as an instance comes; what is longer is cut without a word. */
const SHORT_DESCRIPTION_CHARS_MAX = 160;
const DESCRIPTION_CHARS_MAX = 4_000;
const CORRELATION_ID_CHARS_MAX = 100;

/** Of `incident.state` as an instance comes. */
export const STATES = {
  new: '1',
  inProgress: '2',
  onHold: '3',
  resolved: '6',
  closed: '7',
  canceled: '8',
} as const;

const OVER: ReadonlySet<string> = new Set([STATES.resolved, STATES.closed, STATES.canceled]);
export const isOver = (state: string): boolean => OVER.has(state);

/** Urgency and impact, from which the instance makes a priority of 1 to 5. */
const LEVELS = {
  critical: ['1', '1'],
  high: ['1', '2'],
  medium: ['2', '2'],
  low: ['3', '3'],
} as const;

/** `^` and `=` would be read as parts of a query. */
export const correlationOf = (incidentId: string): string =>
  `sluice-${incidentId.replaceAll(/[^\w.-]/g, '_')}`.slice(0, CORRELATION_ID_CHARS_MAX);

export const textFields = (ticket: Ticket): Record<string, string> => {
  const [urgency, impact] = LEVELS[ticket.band];
  return {
    short_description: cut(shown(ticketTitle(ticket)), SHORT_DESCRIPTION_CHARS_MAX),
    description: plainWords(ticketWords(ticket), DESCRIPTION_CHARS_MAX, shown),
    urgency,
    impact,
  };
};

/** `[code]` is HTML in what an instance shows of a journal: https://www.servicenow.com/docs/search?q=journal+code+tags */
const shown = (text: string): string =>
  unlinked(text)
    .replaceAll(/\[(?=\/?code)/gi, '[ ')
    .replaceAll('@[', '@ [');

/** A move to where the incident is; {}: it is there, or somebody moved it further. */
export const stateFields = (
  ticket: Ticket,
  state: string,
  closeCode: string,
): Record<string, string> => {
  if (ticket.state === 'resolved')
    return isOver(state)
      ? {}
      : { state: STATES.resolved, close_code: closeCode, close_notes: 'Resolved in Sluice.' };
  if (isOver(state))
    return { state: ticket.state === 'identified' ? STATES.new : STATES.inProgress };
  return ticket.state !== 'identified' && state === STATES.new ? { state: STATES.inProgress } : {};
};
