import * as z from 'zod';
import { AppError } from '../shared/app-error.ts';
import { awsClient } from './aws/aws-client.ts';
import { awsPlace, type AwsPlace } from './aws/aws-environment.ts';
import { awsJsonCalls } from './aws/aws-json-client.ts';
import { systemClock } from './clock.ts';
import { stored } from './storage.ts';

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-json-api.html */
const PROTOCOL = { version: '1.0', target: 'AmazonSQS' } as const;
const LIMITS = {
  signingName: 'sqs',
  limits: { socketsMax: 64, connectTimeoutMs: 5_000, requestTimeoutMs: 10_000 },
  attemptsMax: 4,
  retryBaseMs: 50,
};
/** What one call takes. */
const BATCH_MAX = 10;

/** A message that is to be received in so many seconds at the earliest, 900 at most. */
export interface QueueMessage {
  readonly body: string;
  readonly delaySeconds: number;
}

/** Sends messages to one queue. Throws AppError `storage_unavailable` when one of them was not taken. */
export type SendMessages = (messages: readonly QueueMessage[]) => Promise<void>;

const batchOutput = z.object({
  Failed: z.array(z.object({ Code: z.string() })).default([]),
});

/** One a queue and function: it holds the connections. */
export const queueSender = (queueUrl: string, place: AwsPlace = awsPlace('sqs')): SendMessages => {
  const call = awsJsonCalls(awsClient({ place, ...LIMITS, nowMs: systemClock.nowMs }), PROTOCOL);
  return async (messages) => {
    for (let from = 0; from < messages.length; from += BATCH_MAX) {
      const Entries = messages
        .slice(from, from + BATCH_MAX)
        .map(({ body, delaySeconds }, index) => ({
          Id: String(index),
          MessageBody: body,
          DelaySeconds: delaySeconds,
        }));
      const output = await stored(
        async () => await call('SendMessageBatch', { QueueUrl: queueUrl, Entries }),
      );
      const [failed] = batchOutput.parse(output).Failed;
      if (failed !== undefined)
        throw new AppError({
          code: 'storage_unavailable',
          publicMessage: 'A queue is unavailable; try again.',
          internal: `a message was not taken: ${failed.Code}`,
        });
    }
  };
};
