import { cut } from '../../../shared/clean-text.ts';
import type { TicketWords } from '../../tickets/words/ticket-words.ts';

/**
 * All of a ticket as plain text of at most so many characters. The links come before what is long: whoever sees half of
 * a ticket can open the rest.
 */
export const plainWords = (
  { facts, sections, links }: TicketWords,
  charsMax: number,
  shown: (text: string) => string,
): string =>
  cut(
    [
      facts.map(({ label, value }) => `${label}: ${shown(value)}`).join('\n'),
      links.map(({ text, url }) => `${text}: ${url}`).join('\n'),
      ...sections.map(({ heading, lines }) =>
        [
          `${heading}:`,
          ...lines.map(({ text, url }) => `- ${shown(text)}${url === null ? '' : ` ${url}`}`),
        ].join('\n'),
      ),
    ]
      .filter((part) => part !== '')
      .join('\n\n'),
    charsMax,
  );
