import { SLUICE } from '../incidents/timeline.ts';
import type { TicketNews } from '../ports/deliveries.ts';
import { changeIncident, type ChangeIncidentDeps } from './change-incident.ts';

/** What became of tickets, on the timelines of their incidents: it is no news, so no ticket is changed for it. */
export const noteOnIncidents = (deps: ChangeIncidentDeps): TicketNews => ({
  note: async (tenant, id, { what }) => {
    await changeIncident(deps, { tenant, id, by: SLUICE, act: { kind: 'note', text: what } });
  },
});
