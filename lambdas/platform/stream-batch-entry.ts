import type { Context, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { inInvocation } from './invocation.ts';
import { report } from './logger.ts';
import { countColdStart, recordMetrics } from './metrics.ts';

/** A stream entry that accepts a batch as a whole; what it throws sends the batch again, in halves where the mapping says so. */
export const streamBatchEntry =
  (handle: (records: readonly DynamoDBRecord[]) => Promise<void>) =>
  async (event: DynamoDBStreamEvent, context: Context): Promise<void> => {
    await inInvocation({ request_id: context.awsRequestId }, async () => {
      countColdStart(context.functionName);
      try {
        await handle(event.Records);
      } catch (error) {
        report('stream batch failed', error);
        recordMetrics(
          { failedRecords: event.Records.length },
          { by: { function: context.functionName } },
        );
        throw error;
      }
    });
  };
