import { queueEntry } from '../platform/queue-entry.ts';
import { readLook } from './formats/look-message.ts';
import { correlateIncidents } from './usecases/correlate-incidents.ts';
import { wireCorrelate } from './wire/correlate.ts';

const deps = wireCorrelate();

/** A look of one tenant a message. */
export const handler = queueEntry(
  async ({ body }) => await correlateIncidents(deps, readLook(body)),
);
