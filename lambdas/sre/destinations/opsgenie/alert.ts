import { incidentKey } from '../shared/incident-key.ts';
import { plainWords } from '../shared/plain-words.ts';
import type { Ticket } from '../../tickets/ticket.ts';
import { cleanLine, cut, unlinked } from '../../../shared/clean-text.ts';
import { ticketWords, type TicketWords } from '../../tickets/words/ticket-words.ts';

/** https://docs.opsgenie.com/docs/alert-api#create-alert */
const MESSAGE_CHARS_MAX = 130;
const DESCRIPTION_CHARS_MAX = 15_000;
/** Under the 512 of an entity. */
const NAME_CHARS_MAX = 100;

/** As Opsgenie shows who did something by the API. */
export const SELF = 'Sluice';

const PRIORITIES = { critical: 'P1', high: 'P2', medium: 'P3', low: 'P4' } as const;

export const alertOf = (ticket: Ticket, team: string | null) => {
  const words = ticketWords(ticket);
  const entity = unlinked(cleanLine(ticket.affected[0] ?? '', NAME_CHARS_MAX));
  return {
    message: messageOf(words),
    alias: incidentKey(ticket),
    description: descriptionOf(words),
    ...(team === null ? {} : { responders: [{ type: 'team', name: team }] }),
    tags: ['sluice', unlinked(tagOf(ticket.environment))].filter((tag) => tag !== ''),
    details: Object.fromEntries(words.facts.map(({ label, value }) => [label, unlinked(value)])),
    ...(entity === '' ? {} : { entity }),
    source: 'sluice',
    user: SELF,
    priority: priorityOf(ticket),
  };
};

export const priorityOf = ({ band }: Ticket) => PRIORITIES[band];

export const messageOf = ({ title }: TicketWords): string => cut(title, MESSAGE_CHARS_MAX);

/** Opsgenie shows a description as HTML of its own choice, and makes links of addresses: ours alone lead somewhere. */
export const descriptionOf = (words: TicketWords): string =>
  plainWords(words, DESCRIPTION_CHARS_MAX, shown);

const shown = (text: string): string =>
  unlinked(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const tagOf = (text: string): string => cleanLine(text, 50).replaceAll(',', ' ');
