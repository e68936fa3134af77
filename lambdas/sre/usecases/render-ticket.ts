import type { Report } from '../../shared/deps.ts';
import type { LogRecord } from '../domain/log-record.ts';
import type { RenderTicket } from '../ports/deliveries.ts';
import type { IncidentBook } from '../ports/incidents.ts';
import { evidenceIds, ticketOf, type TicketLinks } from '../tickets/ticket-of.ts';

/** Of more records than a ticket shows: some may be gone. */
const RECORDS_MAX = 10;

/** There is no page yet that a link could lead to. */
const NO_LINKS: TicketLinks = { incident: () => null, record: () => null, runbook: () => null };

export interface RenderDeps {
  readonly incidents: Pick<IncidentBook, 'anomalies'>;
  readonly linesOf: (
    tenant: string,
    ids: readonly string[],
  ) => Promise<ReadonlyMap<string, LogRecord>>;
  readonly mask: (text: string) => string;
  readonly report: Report;
}

/** A ticket from what is stored. A ticket without its lines is better than none: blocks that cannot be read cost the quotes. */
export const renderTicket =
  ({ incidents, linesOf, mask, report }: RenderDeps): RenderTicket =>
  async (incident) => {
    const anomalies = await incidents.anomalies(incident);
    const ids = evidenceIds(incident, anomalies).slice(0, RECORDS_MAX);
    const records = await linesOf(incident.tenant, ids).catch((error: unknown) => {
      report('the lines of a ticket could not be read', error);
      return new Map<string, LogRecord>();
    });
    return ticketOf(incident, anomalies, records, { links: NO_LINKS, mask });
  };
