import type { QueueMessage } from '../../../lambdas/platform/queues.ts';

/**
 * Who has so many messages in flight, and so large a share of them, waits for the others.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues-detailed.html
 */
const NOISY_MESSAGES = 30;
const NOISY_SHARE = 0.1;

/** A standard queue of SQS as it is fair between groups, when all delays are over. A message of no group is one by itself. */
export class FairQueue {
  private waiting: readonly QueueMessage[] = [];
  private inFlight: readonly QueueMessage[] = [];

  async send(messages: readonly QueueMessage[]): Promise<void> {
    this.waiting = [...this.waiting, ...messages];
    await Promise.resolve();
  }

  /** null: there is none. */
  receive(): QueueMessage | null {
    const next = this.waiting.find((message) => !this.isNoisy(message)) ?? this.waiting[0];
    if (next === undefined) return null;
    this.waiting = this.waiting.filter((message) => message !== next);
    this.inFlight = [...this.inFlight, next];
    return next;
  }

  private isNoisy({ group }: QueueMessage): boolean {
    if (group === undefined) return false;
    const own = this.inFlight.filter((message) => message.group === group).length;
    return own >= NOISY_MESSAGES && own > NOISY_SHARE * this.inFlight.length;
  }
}
