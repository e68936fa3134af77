import { queueEntry } from '../platform/queue-entry.ts';
import { readIncidentChanged } from './formats/incident-changed.ts';
import { fileTickets } from './usecases/file-tickets.ts';
import { wireFileTickets } from './wire/file-tickets.ts';

const deps = wireFileTickets();

/** A change of an incident a message. */
export const handler = queueEntry(
  async ({ body }) => await fileTickets(deps, readIncidentChanged(body)),
);
