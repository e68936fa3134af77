import * as z from 'zod';
import { AppError } from '../shared/app-error.ts';
import { eachAtOnce } from '../shared/at-once.ts';
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
/** What one call accepts, all of its bodies together: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
const BATCH_MAX = 10;
const BATCH_BYTES_MAX = 1_048_576;
/** Calls in flight: some thousands of messages a second. */
const CALLS_AT_ONCE = 16;

const DELAY_SECONDS_MAX = 900;

/** A message that is to be received in so many seconds at the earliest, 900 at most. */
export interface QueueMessage {
  readonly body: string;
  readonly delaySeconds: number;
  /** Of a standard queue: messages of a group that is busy wait after those of others. Absent: of no group. */
  readonly group?: string;
}

/** A wait as a queue takes it: one that is longer than the longest ends earlier, and its receiver looks again. */
export const delaySecondsOf = (afterMs: number): number =>
  Math.min(DELAY_SECONDS_MAX, Math.max(0, Math.ceil(afterMs / 1_000)));

/**
 * Sends messages to one queue, about in their order. All are tried; throws AppError `storage_unavailable` when one of them
 * was not taken.
 */
export type SendMessages = (messages: readonly QueueMessage[]) => Promise<void>;

const batchOutput = z.object({
  Failed: z.array(z.object({ Code: z.string() })).default([]),
});

/** One a queue and function: it holds the connections. */
export const queueSender = (queueUrl: string, place: AwsPlace = awsPlace('sqs')): SendMessages => {
  const call = awsJsonCalls(awsClient({ place, ...LIMITS, nowMs: systemClock.nowMs }), PROTOCOL);
  const send = async (batch: readonly QueueMessage[]): Promise<void> => {
    const Entries = batch.map(({ body, delaySeconds, group }, index) => ({
      Id: String(index),
      MessageBody: body,
      DelaySeconds: delaySeconds,
      ...(group === undefined ? {} : { MessageGroupId: group }),
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
  };
  return async (messages) => await eachAtOnce(batchesOf(messages), CALLS_AT_ONCE, send);
};

/** As few calls as the limits of one allow. */
const batchesOf = (messages: readonly QueueMessage[]): readonly (readonly QueueMessage[])[] => {
  const batches: QueueMessage[][] = [];
  let bytesLeft = 0;
  for (const message of messages) {
    const bytes = Buffer.byteLength(message.body);
    const last = batches.at(-1);
    if (last !== undefined && last.length < BATCH_MAX && bytes <= bytesLeft) {
      last.push(message);
      bytesLeft -= bytes;
    } else {
      batches.push([message]);
      bytesLeft = BATCH_BYTES_MAX - bytes;
    }
  }
  return batches;
};
