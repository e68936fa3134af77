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
const payloadSchema = z.object({ Records: z.array(streamRecord) });

export interface FailedBatch {
  readonly functionArn: string;
  readonly records: readonly DynamoDBRecord[];
}

/**
 * What Lambda leaves in an on-failure bucket when a stream's batch failed for good.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
 */
export const parseFailedBatch = (text: string): FailedBatch => {
  const { requestContext, payload } = invocationRecord.parse(JSON.parse(text));
  const { Records } = payloadSchema.parse(JSON.parse(payload));
  return { functionArn: requestContext.functionArn, records: Records };
};
