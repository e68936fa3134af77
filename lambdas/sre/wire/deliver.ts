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
import { tableIncidentStore } from '../adapters/table-incident-store.ts';
import type { BlockContent } from '../domain/block.ts';
import { deliverEnv } from '../env.ts';
import { deliveryText } from '../formats/delivery-message.ts';
import { DESTINATIONS_MAX } from '../tickets/destination.ts';
import type { DeliverDeps } from '../usecases/deliver-ticket.ts';
import { renderTicket } from '../usecases/render-ticket.ts';
import { noteOnIncidents } from '../usecases/note-on-incidents.ts';
import { sreTables } from './tables.ts';
import { wiresOf } from './wires-of.ts';

/** What brings tickets to destinations. */
export const wireDeliver = ({
  open,
  mask,
}: {
  readonly open: (block: Uint8Array) => BlockContent;
  readonly mask: (text: string) => string;
}): DeliverDeps => {
  const env = readEnv(deliverEnv);
  const tables = sreTables(env);
  const incidents = tableIncidentStore({ tables });
  const objects = s3BlockObjects({ bucket: env.BLOCKS_BUCKET });
  const blocks = tableBlockStore({ tables, objects, keptDays: 0 });
  const search = scanLogSearch({ blocks, open });
  return {
    deliveries: tableDeliveryStore({ tables }),
    destinations: tableDestinationBook({ tables, destinationsMax: DESTINATIONS_MAX }),
    health: tableHealthBook({ tables }),
    incidents,
    render: renderTicket({
      incidents,
      linesOf: async (tenant, ids) => await search.records(tenant, ids),
      mask,
      report,
    }),
    wireOf: wiresOf(env).wireOf,
    queue: queueDeliveries({ send: queueSender(env.DELIVERIES_QUEUE_URL), textOf: deliveryText }),
    news: noteOnIncidents({ incidents, timers }),
    clock: systemClock,
    metrics: { record: recordMetrics },
    report,
    newAttemptId,
    random: Math.random,
  };
};
