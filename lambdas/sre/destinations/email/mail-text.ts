import type { Ticket } from '../../tickets/ticket.ts';
import { ticketWords } from '../../tickets/words/ticket-words.ts';

/** A ticket as plain text: what a mail shows everywhere, and nothing in it can be more than text. */
export const mailText = (ticket: Ticket): string => {
  const { title, facts, sections, links } = ticketWords(ticket);
  const blocks = [
    title,
    facts.map(({ label, value }) => `${label}: ${value}`).join('\n'),
    ...sections.map(({ heading, lines }) =>
      [
        heading,
        ...lines.map(({ text, url }) => (url === null ? `  ${text}` : `  ${text}\n    ${url}`)),
      ].join('\n'),
    ),
    ...links.map(({ text, url }) => `${text}: ${url}`),
    `Incident ${ticket.incidentId}`,
  ];
  return `${blocks.join('\n\n')}\n`;
};
