import type { Band } from '../../score/composite.ts';
import type { Ticket } from '../../tickets/ticket.ts';
import { cleanLine, cut, unlinked } from '../../../shared/clean-text.ts';
import { ticketWords, type TicketWords } from '../../tickets/words/ticket-words.ts';

/** https://developer.pagerduty.com/docs/send-alert-event: the whole event has 512 KB at most, its words far less. */
const SUMMARY_CHARS_MAX = 1_024;

const SEVERITIES = { critical: 'critical', high: 'error', medium: 'warning', low: 'info' } as const;

export type PagerdutyEvent =
  | {
      readonly event_action: 'acknowledge' | 'resolve';
      readonly routing_key: string;
      readonly dedup_key: string;
    }
  | {
      readonly event_action: 'trigger';
      readonly routing_key: string;
      readonly dedup_key: string;
      readonly client: string;
      readonly client_url?: string;
      readonly links: readonly { readonly href: string; readonly text: string }[];
      readonly payload: {
        readonly summary: string;
        readonly source: string;
        readonly severity: (typeof SEVERITIES)[Band];
        readonly timestamp: string;
        readonly component?: string;
        readonly group?: string;
        readonly custom_details: Readonly<Record<string, string | readonly string[]>>;
      };
    };

/**
 * PagerDuty joins what has the same key, and is quiet about it once somebody acknowledged it. An incident that becomes
 * critical is news, acknowledged or not: it pages under a key of its own.
 */
export const raisedKey = (key: string): string => `${key}#critical`;

export const triggerEvent = (routingKey: string, key: string, ticket: Ticket): PagerdutyEvent => {
  const words = ticketWords(ticket);
  const [link] = words.links;
  const component = nameOf(ticket.cause?.suspect.source.service ?? '');
  const group = nameOf(ticket.environment);
  return {
    routing_key: routingKey,
    event_action: 'trigger',
    dedup_key: key,
    client: 'Sluice',
    ...(link === undefined ? {} : { client_url: link.url }),
    links: words.links.map(({ text, url }) => ({ href: url, text })),
    payload: {
      summary: cut(words.title, SUMMARY_CHARS_MAX),
      source: nameOf(ticket.affected[0] ?? '') || component || 'sluice',
      severity: SEVERITIES[ticket.band],
      timestamp: new Date(ticket.firstSeenMs).toISOString(),
      ...(component === '' ? {} : { component }),
      ...(group === '' ? {} : { group }),
      custom_details: detailsOf(words),
    },
  };
};

const nameOf = (text: string): string => unlinked(cleanLine(text, 100));

/** PagerDuty makes links of what looks like an address in details: those of log lines lead nowhere. */
const detailsOf = ({ facts, sections }: TicketWords): Record<string, string | string[]> => {
  const details: Record<string, string | string[]> = {};
  for (const { label, value } of facts) details[label] = unlinked(value);
  for (const { heading, lines } of sections)
    details[heading] = lines.map(({ text, url }) =>
      url === null ? unlinked(text) : `${unlinked(text)} ${url}`,
    );
  return details;
};
