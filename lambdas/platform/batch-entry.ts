import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { report } from './logger.ts';

/**
 * A stream entry: records one after the other, in order. The first that fails is reported, and Lambda
 * sends it and what follows again; so a record is never skipped and never overtaken.
 */
export const batchEntry =
  (handle: (record: DynamoDBRecord) => Promise<void>) =>
  async (event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
    for (const record of event.Records) {
      try {
        await handle(record);
      } catch (error) {
        report('stream record failed', error);
        return { batchItemFailures: [{ itemIdentifier: record.dynamodb?.SequenceNumber ?? '' }] };
      }
    }
    return { batchItemFailures: [] };
  };
