import { createHash } from 'node:crypto';
import type { Ticket } from '../../tickets/ticket.ts';
import { unlinked } from '../../../shared/clean-text.ts';
import {
  BAND_WORDS,
  STATE_WORDS,
  ticketWords,
  type TicketWords,
} from '../../tickets/words/ticket-words.ts';

/** What a subject of ours begins with: what comes back by a webhook is no comment then. */
export const SUBJECT = 'Sluice:';

export interface ZammadArticle {
  readonly subject: string;
  readonly body: string;
  readonly type: 'note';
  readonly content_type: 'text/html';
  readonly internal: boolean;
}

/** An article cannot be changed: each one that says something new has a subject of its own, by which it is written once. */
export const articleOf = (ticket: Ticket): ZammadArticle => {
  const words = ticketWords({ ...ticket, lastSeenMs: ticket.firstSeenMs });
  const mark = createHash('sha256')
    .update(JSON.stringify([ticket.generation, words]))
    .digest('hex')
    .slice(0, 8);
  return {
    subject: `${SUBJECT} ${BAND_WORDS[ticket.band]}, ${STATE_WORDS[ticket.state]} (${mark})`,
    body: htmlOf(ticketWords(ticket)),
    type: 'note',
    content_type: 'text/html',
    internal: true,
  };
};

/** Zammad makes links of addresses in HTML too: ours alone lead somewhere. */
const htmlOf = ({ facts, sections, links }: TicketWords): string =>
  [
    `<p>${facts.map(({ label, value }) => `<b>${label}:</b> ${text(value)}`).join('<br>')}</p>`,
    `<p>${links.map((link) => anchor(link.text, link.url)).join(' ')}</p>`,
    ...sections.map(({ heading, kind, lines }) => {
      const items = lines.map((line) => {
        const shown = kind === 'code' ? `<code>${text(line.text)}</code>` : text(line.text);
        return `<li>${shown}${line.url === null ? '' : ` ${anchor('show', line.url)}`}</li>`;
      });
      return `<h3>${heading}</h3><ul>${items.join('')}</ul>`;
    }),
  ].join('');

const anchor = (label: string, url: string): string => `<a href="${escaped(url)}">${label}</a>`;

const text = (value: string): string => escaped(unlinked(value));

const escaped = (value: string): string =>
  value
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
