import { queueEntry } from '../platform/queue-entry.ts';
import { systemClock } from '../platform/clock.ts';
import { readDelivery } from './formats/delivery-message.ts';
import { readBlock } from './in/blocks/read-block.ts';
import { createMasker } from './in/mask/masker.ts';
import { deliverTicket } from './usecases/deliver-ticket.ts';
import { wireDeliver } from './wire/deliver.ts';

/** Its result is written in what is left of the function's time. */
const MARGIN_MS = 5_000;

const deps = wireDeliver({ open: readBlock, mask: createMasker().text });

/** An incident at one destination a message. */
export const handler = queueEntry(async ({ body }, context) => {
  const untilMs = systemClock.nowMs() + context.getRemainingTimeInMillis() - MARGIN_MS;
  await deliverTicket(deps, { task: readDelivery(body), untilMs });
});
