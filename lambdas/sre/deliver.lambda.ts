import { queueEntry } from '../platform/queue-entry.ts';
import { systemClock } from '../platform/clock.ts';
import { readDelivery } from './formats/delivery-message.ts';
import { readBlock } from './in/blocks/read-block.ts';
import { createMasker } from './in/mask/masker.ts';
import { deliverTicket } from './usecases/deliver-ticket.ts';
import { pollTickets } from './usecases/poll-tickets.ts';
import { wireDeliver } from './wire/deliver.ts';

/** Its result is written in what is left of the function's time. */
const MARGIN_MS = 5_000;

const deps = wireDeliver({ open: readBlock, mask: createMasker().text });

/** A message is an incident at one destination, or a destination whose tickets are looked at. */
export const handler = queueEntry(async ({ body }, context) => {
  const untilMs = systemClock.nowMs() + context.getRemainingTimeInMillis() - MARGIN_MS;
  const message = readDelivery(body);
  if (message.kind === 'poll') await pollTickets(deps, { task: message.task, untilMs });
  else await deliverTicket(deps, { task: message.task, untilMs });
});
