import * as z from 'zod';
import type { DeliveryTask } from '../tickets/delivery.ts';

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

/** Throws on what `deliveryText` did not write. */
export const readDelivery = (text: string): DeliveryTask => {
  const { tenant, incident_id, destination_id, wake_ms } = message.parse(JSON.parse(text));
  return { tenant, incidentId: incident_id, destinationId: destination_id, wakeMs: wake_ms };
};
