import type { TicketWords } from '../../tickets/words/ticket-words.ts';

/**
 * A description in the wiki markup of Data Center. All that is not ours stands in `{noformat}`, in which nothing is read:
 * no link, no mention, no macro. https://jira.atlassian.com/secure/WikiRendererHelpAction.jspa?section=advanced
 */
export const ticketWiki = ({ facts, sections, links }: TicketWords): string =>
  [
    verbatim(facts.map(({ label, value }) => `${label}: ${value}`)),
    ...sections.map(({ heading, lines }) => {
      const urls = lines.flatMap(({ url }, index) =>
        url === null ? [] : [`[show ${index + 1}|${url}]`],
      );
      return [
        `h3. ${heading}`,
        verbatim(lines.map(({ text }) => text)),
        ...(urls.length === 0 ? [] : [urls.join(' ')]),
      ].join('\n');
    }),
    ...(links.length === 0 ? [] : [links.map(({ text, url }) => `[${text}|${url}]`).join(' ')]),
  ].join('\n\n');

/** Only its own name ends it. */
const verbatim = (lines: readonly string[]): string =>
  [
    '{noformat}',
    ...lines.map((line) => line.replaceAll(/\{(?=noformat)/gi, '{ ')),
    '{noformat}',
  ].join('\n');
