import type { DynamoDBRecord } from 'aws-lambda';
import * as z from 'zod';

const streamRecord = z.custom<DynamoDBRecord>(
  (value) => typeof value === 'object' && value !== null && 'dynamodb' in value,
);
const invocationRecord = z.object({
  requestContext: z.object({ functionArn: z.string() }),
  /** The whole event; a bucket gets it, a queue does not. */
  payload: z.string(),
});
/** What it leaves of an event that it had accepted for later. */
const eventRecord = z.object({
  requestContext: z.object({ functionArn: z.string() }),
  requestPayload: z.record(z.string(), z.unknown()),
});
const payloadSchema = z.object({ Records: z.array(streamRecord) });

export interface FailedBatch {
  readonly functionArn: string;
  readonly records: readonly DynamoDBRecord[];
}

/** An event that nobody waited for. */
export interface FailedEvent {
  readonly functionArn: string;
  readonly event: object;
}

/** null: it is something else. https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html */
export const parseFailedEvent = (text: string): FailedEvent | null => {
  const { data } = eventRecord.safeParse(JSON.parse(text));
  return data === undefined
    ? null
    : { functionArn: data.requestContext.functionArn, event: data.requestPayload };
};

/**
 * What Lambda leaves in an on-failure bucket when a stream's batch failed for good.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
 */
export const parseFailedBatch = (text: string): FailedBatch => {
  const { requestContext, payload } = invocationRecord.parse(JSON.parse(text));
  const { Records } = payloadSchema.parse(JSON.parse(payload));
  return { functionArn: requestContext.functionArn, records: Records };
};
