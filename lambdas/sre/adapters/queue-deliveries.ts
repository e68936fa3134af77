import type { SendMessages } from '../../platform/queues.ts';
import type { DeliveryQueue } from '../ports/deliveries.ts';
import type { DeliveryTask } from '../tickets/delivery.ts';

/**
 * Deliveries as messages of a queue, grouped by destination: SQS lets the messages of a group that has many at work
 * wait behind those of the others.
 */
export const queueDeliveries = ({
  send,
  textOf,
}: {
  readonly send: SendMessages;
  readonly textOf: (task: DeliveryTask) => string;
}): DeliveryQueue => ({
  send: async (tasks, afterMs) =>
    await send(
      tasks.map((task) => ({
        body: textOf(task),
        delaySeconds: Math.min(900, Math.ceil(afterMs / 1_000)),
        group: task.destinationId,
      })),
    ),
});
