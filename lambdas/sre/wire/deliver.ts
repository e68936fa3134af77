import { newAttemptId } from '../../shared/ids.ts';
import { systemClock } from '../../platform/clock.ts';
import { readEnv } from '../../platform/env.ts';
import { report } from '../../platform/logger.ts';
import { recordMetrics } from '../../platform/metrics.ts';
import { queueSender } from '../../platform/queues.ts';
import { timers } from '../../platform/timers.ts';
import { queueDeliveries } from '../adapters/queue-deliveries.ts';
import { s3BlockObjects } from '../adapters/s3-block-objects.ts';
import { scanLogSearch } from '../adapters/scan-log-search.ts';
import { tableBlockStore } from '../adapters/table-block-store.ts';
import { tableDeliveryStore } from '../adapters/table-delivery-store.ts';
import { tableDestinationBook } from '../adapters/table-destination-book.ts';
import { tableHealthBook } from '../adapters/table-health-book.ts';
import { tableInboundLog } from '../adapters/table-inbound-log.ts';
import { tableRemediationStore } from '../adapters/table-remediation-store.ts';
import { tableRunbookBook } from '../adapters/table-runbook-book.ts';
import { tableIncidentStore } from '../adapters/table-incident-store.ts';
import { tablePollList } from '../adapters/table-poll-list.ts';
import type { BlockContent } from '../domain/block.ts';
import { deliverEnv } from '../env.ts';
import { deliveryText } from '../formats/delivery-message.ts';
import { linksTo } from '../tickets/ticket-links.ts';
import { DESTINATIONS_MAX } from '../tickets/destination.ts';
import type { DeliverDeps } from '../usecases/deliver-ticket.ts';
import { renderTicket } from '../usecases/render-ticket.ts';
import type { PollDeps } from '../usecases/poll-tickets.ts';
import { takeEvents } from '../usecases/take-inbound.ts';
import { noteOnIncidents } from '../usecases/note-on-incidents.ts';
import { decideBy } from './decide-by.ts';
import { sreTables } from './tables.ts';
import { wiresOf } from './wires-of.ts';

/** What brings tickets to destinations. */
export const wireDeliver = ({
  open,
  mask,
}: {
  readonly open: (block: Uint8Array) => BlockContent;
  readonly mask: (text: string) => string;
}): DeliverDeps & PollDeps => {
  const env = readEnv(deliverEnv);
  const tables = sreTables(env);
  const incidents = tableIncidentStore({ tables });
  const objects = s3BlockObjects({ bucket: env.BLOCKS_BUCKET });
  const blocks = tableBlockStore({ tables, objects, keptDays: 0 });
  const search = scanLogSearch({ blocks, open });
  const inbound = {
    incidents,
    timers,
    deliveries: tableDeliveryStore({ tables }),
    inboundLog: tableInboundLog({ tables }),
    decide: decideBy(tables),
  };
  return {
    ...inbound,
    polls: tablePollList({ tables }),
    takeEvents: async (destination, events) => await takeEvents(inbound, destination, events),
    destinations: tableDestinationBook({ tables, destinationsMax: DESTINATIONS_MAX }),
    health: tableHealthBook({ tables }),
    render: renderTicket({
      runbooks: tableRunbookBook({ tables }),
      remediations: tableRemediationStore({ tables }),
      clock: systemClock,
      incidents,
      linesOf: async (tenant, ids) => await search.records(tenant, ids),
      links: linksTo(env.CONSOLE_URL),
      mask,
      report,
    }),
    wireOf: wiresOf(env, tables).wireOf,
    queue: queueDeliveries({ send: queueSender(env.DELIVERIES_QUEUE_URL), textOf: deliveryText }),
    news: noteOnIncidents({ incidents, timers }),
    clock: systemClock,
    metrics: { record: recordMetrics },
    report,
    newAttemptId,
    random: Math.random,
  };
};
