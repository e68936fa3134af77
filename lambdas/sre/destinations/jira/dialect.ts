import type { WireParts } from '../../ports/destinations.ts';
import { ticketWords } from '../../tickets/words/ticket-words.ts';
import type { Ticket } from '../../tickets/ticket.ts';
import { commentAdf, ticketAdf } from './adf.ts';
import { jiraCloudSecrets, jiraDataCenterSecrets } from './settings.ts';
import { ticketWiki } from './wiki-text.ts';

/** In what Jira Cloud and Data Center differ. */
export interface JiraDialect {
  readonly api: string;
  /** https://developer.atlassian.com/changelog/#CHANGE-2046: Cloud's older search is gone. */
  readonly search: string;
  readonly authorization: string;
  readonly secrets: readonly string[];
  description(ticket: Ticket): object | string;
  comment(text: string): object | string;
}

export const cloudDialect = (secrets: WireParts['secrets']): JiraDialect => {
  const { email, api_token: token } = jiraCloudSecrets.parse(secrets);
  const basic = Buffer.from(`${email}:${token}`).toString('base64');
  return {
    api: '/rest/api/3',
    search: '/search/jql',
    authorization: `Basic ${basic}`,
    secrets: [token, basic, email],
    description: (ticket) => ticketAdf(ticketWords(ticket)),
    comment: commentAdf,
  };
};

export const dataCenterDialect = (secrets: WireParts['secrets']): JiraDialect => {
  const { token } = jiraDataCenterSecrets.parse(secrets);
  return {
    api: '/rest/api/2',
    search: '/search',
    authorization: `Bearer ${token}`,
    secrets: [token],
    description: (ticket) => ticketWiki(ticketWords(ticket)),
    comment: (text) => text,
  };
};
