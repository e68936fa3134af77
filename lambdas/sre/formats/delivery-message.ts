import * as z from 'zod';
import type { DeliveryTask, PollTask } from '../tickets/delivery.ts';

const message = z.strictObject({
  tenant: z.string().min(1),
  incident_id: z.string().min(1),
  destination_id: z.string().min(1),
  wake_ms: z.number(),
});

/** The body of a message that asks to look after a delivery. */
export const deliveryText = (task: DeliveryTask): string =>
  JSON.stringify({
    tenant: task.tenant,
    incident_id: task.incidentId,
    destination_id: task.destinationId,
    wake_ms: task.wakeMs,
  });

const poll = z.strictObject({
  tenant: z.string().min(1),
  destination_id: z.string().min(1),
  poll_due_ms: z.number(),
});

/** The body of a message that asks to look at the tickets of a destination. */
export const pollText = ({ tenant, destinationId, dueMs }: PollTask): string =>
  JSON.stringify({ tenant, destination_id: destinationId, poll_due_ms: dueMs });

type DeliveryMessage =
  | { readonly kind: 'deliver'; readonly task: DeliveryTask }
  | { readonly kind: 'poll'; readonly task: PollTask };

/** Throws on what neither of them wrote. */
export const readDelivery = (text: string): DeliveryMessage => {
  const read = z.union([message, poll]).parse(JSON.parse(text));
  const { tenant, destination_id: destinationId } = read;
  return 'poll_due_ms' in read
    ? { kind: 'poll', task: { tenant, destinationId, dueMs: read.poll_due_ms } }
    : {
        kind: 'deliver',
        task: { tenant, incidentId: read.incident_id, destinationId, wakeMs: read.wake_ms },
      };
};
