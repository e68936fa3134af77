import type { TicketLinks } from './ticket-of.ts';

const INCIDENT = '{incident_id}';

/**
 * Links of tickets to the page that the stage names, in which `{incident_id}` stands for the incident; '': there is no
 * page, and a link that leads to none is worse than none. Its evidence is on that page.
 */
export const linksTo = (consoleUrl: string): TicketLinks => ({
  incident: (id) =>
    consoleUrl === '' ? null : consoleUrl.replaceAll(INCIDENT, encodeURIComponent(id)),
  record: () => null,
  runbook: () => null,
});
