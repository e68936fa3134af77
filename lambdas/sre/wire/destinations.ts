import { dynamoKeyRegister } from '../../ledger/adapters/dynamo-key-register.ts';
import { systemClock } from '../../platform/clock.ts';
import { readEnv } from '../../platform/env.ts';
import { timers } from '../../platform/timers.ts';
import { tableDeliveryStore } from '../adapters/table-delivery-store.ts';
import { tableDestinationBook } from '../adapters/table-destination-book.ts';
import { tableHealthBook } from '../adapters/table-health-book.ts';
import { tableInboundLog } from '../adapters/table-inbound-log.ts';
import { tableIncidentStore } from '../adapters/table-incident-store.ts';
import { destinationsEnv } from '../env.ts';
import { DESTINATIONS_MAX } from '../tickets/destination.ts';
import { decideBy } from './decide-by.ts';
import { sreTables } from './tables.ts';
import { wiresOf } from './wires-of.ts';

/** What people set for destinations, and what destinations report. */
export const wireDestinations = () => {
  const env = readEnv(destinationsEnv);
  const tables = sreTables(env);
  return {
    corsOrigins: env.CORS_ORIGINS,
    keys: dynamoKeyRegister({ tables }),
    destinations: tableDestinationBook({ tables, destinationsMax: DESTINATIONS_MAX }),
    deliveries: tableDeliveryStore({ tables }),
    health: tableHealthBook({ tables }),
    inboundLog: tableInboundLog({ tables }),
    incidents: tableIncidentStore({ tables }),
    decide: decideBy(tables),
    ...wiresOf(env, tables),
    clock: systemClock,
    timers,
  };
};
