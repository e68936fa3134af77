import type { Clock, Report } from '../../shared/deps.ts';
import type { Anomaly } from '../domain/anomaly.ts';
import type { LogRecord } from '../domain/log-record.ts';
import type { Incident } from '../incidents/incident.ts';
import type { RenderTicket } from '../ports/deliveries.ts';
import type { IncidentBook } from '../ports/incidents.ts';
import type { RemediationStore, RunbookBook } from '../ports/runbooks.ts';
import { helpOf, NO_HELP, type TicketHelp } from '../tickets/help-of.ts';
import { evidenceIds, ticketOf, type TicketLinks } from '../tickets/ticket-of.ts';
import { findRunbooks } from './find-runbooks.ts';

/** Of more records than a ticket shows: some may be gone. */
const RECORDS_MAX = 10;

export interface RenderDeps {
  readonly incidents: Pick<IncidentBook, 'anomalies'>;
  readonly linesOf: (
    tenant: string,
    ids: readonly string[],
  ) => Promise<ReadonlyMap<string, LogRecord>>;
  readonly runbooks: Pick<RunbookBook, 'heads' | 'get'>;
  readonly remediations: Pick<RemediationStore, 'list'>;
  readonly clock: Clock;
  readonly links: TicketLinks;
  readonly mask: (text: string) => string;
  readonly report: Report;
}

/** A ticket from what is stored. A ticket without its lines is better than none: blocks that cannot be read cost the quotes. */
export const renderTicket =
  (deps: RenderDeps): RenderTicket =>
  async (incident) => {
    const { incidents, linesOf, links, mask, report } = deps;
    const anomalies = await incidents.anomalies(incident);
    const ids = evidenceIds(incident, anomalies).slice(0, RECORDS_MAX);
    const records = await linesOf(incident.tenant, ids).catch((error: unknown) => {
      report('the lines of a ticket could not be read', error);
      return new Map<string, LogRecord>();
    });
    const help = await helpFor(deps, incident, anomalies).catch((error: unknown) => {
      report('the runbook of a ticket could not be read', error);
      return NO_HELP;
    });
    return ticketOf(incident, anomalies, records, { links, mask, help });
  };

const helpFor = async (
  { runbooks, incidents, remediations, clock, mask }: RenderDeps,
  incident: Incident,
  known: readonly Anomaly[],
): Promise<TicketHelp> => {
  const [[best], proposed] = await Promise.all([
    findRunbooks({ runbooks, incidents }, incident, { known, max: 1 }),
    remediations.list(incident.tenant, incident.id),
  ]);
  return helpOf(best ?? null, proposed, clock.nowMs(), mask);
};
