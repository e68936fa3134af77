import type {
  Context,
  DynamoDBBatchResponse,
  DynamoDBRecord,
  DynamoDBStreamEvent,
} from 'aws-lambda';
import { inInvocation } from './invocation.ts';
import { report } from './logger.ts';
import { countColdStart, recordMetrics } from './metrics.ts';

/**
 * A stream entry: records one after the other, in order. The first that fails is reported, and Lambda
 * sends it and what follows again; so a record is never skipped and never overtaken.
 */
export const batchEntry =
  (handle: (record: DynamoDBRecord) => Promise<void>) =>
  async (event: DynamoDBStreamEvent, context: Context): Promise<DynamoDBBatchResponse> =>
    await inInvocation({ request_id: context.awsRequestId }, async () => {
      countColdStart(context.functionName);
      for (const record of event.Records) {
        try {
          await handle(record);
        } catch (error) {
          report('stream record failed', error);
          recordMetrics({ failedRecords: 1 }, { by: { function: context.functionName } });
          return { batchItemFailures: [{ itemIdentifier: record.dynamodb?.SequenceNumber ?? '' }] };
        }
      }
      return { batchItemFailures: [] };
    });
