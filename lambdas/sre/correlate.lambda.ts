import { queueEntry } from '../platform/queue-entry.ts';
import { readLearn } from './formats/learn-message.ts';
import { readLook } from './formats/look-message.ts';
import { openTelemetry } from './in/blocks/open-telemetry.ts';
import { correlateIncidents } from './usecases/correlate-incidents.ts';
import { learn } from './usecases/learn-calls.ts';
import { wireCorrelate } from './wire/correlate.ts';

const deps = wireCorrelate(openTelemetry);

/** A look of one tenant a message, or a minute of it to learn. */
export const handler = queueEntry(async ({ body }) => {
  const minute = readLearn(body);
  if (minute === null) await correlateIncidents(deps, readLook(body));
  else await learn(deps.causes, minute);
});
