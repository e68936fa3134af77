import { systemClock } from '../../platform/clock.ts';
import { readEnv } from '../../platform/env.ts';
import { queueSender } from '../../platform/queues.ts';
import { queueDeliveries } from '../adapters/queue-deliveries.ts';
import { tableDeliveryStore } from '../adapters/table-delivery-store.ts';
import { tableDestinationBook } from '../adapters/table-destination-book.ts';
import { tableIncidentStore } from '../adapters/table-incident-store.ts';
import { tableSettingsBook } from '../adapters/table-settings-book.ts';
import { fileTicketsEnv } from '../env.ts';
import { deliveryText } from '../formats/delivery-message.ts';
import { DESTINATIONS_MAX } from '../tickets/destination.ts';
import type { FileTicketsDeps } from '../usecases/file-tickets.ts';
import { ownersFrom } from '../usecases/service-settings.ts';
import { sreTables } from './tables.ts';

/** What decides who hears of an incident. */
export const wireFileTickets = (): FileTicketsDeps => {
  const env = readEnv(fileTicketsEnv);
  const tables = sreTables(env);
  return {
    incidents: tableIncidentStore({ tables }),
    destinations: tableDestinationBook({ tables, destinationsMax: DESTINATIONS_MAX }),
    deliveries: tableDeliveryStore({ tables }),
    ownersOf: ownersFrom(tableSettingsBook({ tables })),
    queue: queueDeliveries({ send: queueSender(env.DELIVERIES_QUEUE_URL), textOf: deliveryText }),
    clock: systemClock,
  };
};
