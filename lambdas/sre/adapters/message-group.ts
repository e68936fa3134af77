import { createHash } from 'node:crypto';

const CHARACTERS = 32;

/**
 * A tenant as a group of messages: SQS takes 128 letters, digits and marks, and a name may have others.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html
 */
export const groupOf = (tenant: string): string =>
  createHash('sha256').update(tenant).digest('hex').slice(0, CHARACTERS);
