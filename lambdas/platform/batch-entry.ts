import type {
  Context,
  DynamoDBBatchResponse,
  DynamoDBRecord,
  DynamoDBStreamEvent,
} from 'aws-lambda';
import { inInvocation } from './invocation.ts';
import { report } from './logger.ts';
import { countColdStart, recordMetrics } from './metrics.ts';

/** The first record of a batch that was not handled, and why. */
export interface FailedRecord {
  readonly index: number;
  readonly error: unknown;
}

/**
 * A stream entry whose records are handled together. The first that failed is reported, and Lambda sends it and what
 * follows again; so a record is never skipped, and one that was handled may come again.
 */
export const batchEntry =
  (handle: (records: readonly DynamoDBRecord[]) => Promise<FailedRecord | null>) =>
  async (event: DynamoDBStreamEvent, context: Context): Promise<DynamoDBBatchResponse> =>
    await inInvocation({ request_id: context.awsRequestId }, async () => {
      countColdStart(context.functionName);
      const failed = await handle(event.Records).catch((error: unknown) => ({ index: 0, error }));
      if (failed === null) return { batchItemFailures: [] };
      report('stream record failed', failed.error);
      recordMetrics({ failedRecords: 1 }, { by: { function: context.functionName } });
      const { SequenceNumber = '' } = event.Records[failed.index]?.dynamodb ?? {};
      return { batchItemFailures: [{ itemIdentifier: SequenceNumber }] };
    });

/** Records one after the other, in order: none is overtaken. */
export const recordEntry = (handle: (record: DynamoDBRecord) => Promise<void>) =>
  batchEntry(async (records) => {
    for (const [index, record] of records.entries()) {
      try {
        await handle(record);
      } catch (error) {
        return { index, error };
      }
    }
    return null;
  });
