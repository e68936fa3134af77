import { delaySecondsOf, type SendMessages } from '../../platform/queues.ts';
import type { DeliveryQueue, Polls } from '../ports/deliveries.ts';
import type { DeliveryTask, PollTask } from '../tickets/delivery.ts';

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
        delaySeconds: delaySecondsOf(afterMs),
        group: task.destinationId,
      })),
    ),
});

/** Looks at destinations by the same queue: one that is dead holds up its own group. */
export const queuePolls = ({
  send,
  textOf,
}: {
  readonly send: SendMessages;
  readonly textOf: (task: PollTask) => string;
}): Polls => ({
  ask: async (tasks) =>
    await send(
      tasks.map((task) => ({ body: textOf(task), delaySeconds: 0, group: task.destinationId })),
    ),
});
