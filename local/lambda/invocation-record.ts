import { randomUUID } from 'node:crypto';
import type { StreamRecord } from '../dynamo/stream-records.ts';
import { functionArn, streamArn } from '../template.ts';

export interface FailedBatch {
  readonly mappingId: string;
  readonly functionId: string;
  readonly table: string;
  readonly shardId: string;
  readonly invokeCount: number;
  readonly records: readonly StreamRecord[];
  readonly atMs: number;
}

/**
 * The object that Lambda puts into an on-failure bucket for a stream's batch, and its name.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
 */
export const invocationRecord = (
  batch: FailedBatch,
): { readonly name: string; readonly text: string } => {
  const iso = new Date(batch.atMs).toISOString();
  const day = iso.slice(0, 10);
  const second = iso.slice(0, 19).replaceAll(':', '.');
  const first = batch.records[0];
  const last = batch.records.at(-1);
  const arrival = (record: StreamRecord | undefined): string =>
    new Date(record?.createdAtMs ?? batch.atMs).toISOString();
  return {
    name: `aws/lambda/${batch.mappingId}/${batch.shardId}/${day.replaceAll('-', '/')}/${second}-${randomUUID()}`,
    text: JSON.stringify({
      requestContext: {
        requestId: randomUUID(),
        functionArn: functionArn(batch.functionId),
        condition: 'RetryAttemptsExhausted',
        approximateInvokeCount: batch.invokeCount,
      },
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      version: '1.0',
      timestamp: iso,
      DDBStreamBatchInfo: {
        shardId: batch.shardId,
        startSequenceNumber: first?.sequence,
        endSequenceNumber: last?.sequence,
        approximateArrivalOfFirstRecord: arrival(first),
        approximateArrivalOfLastRecord: arrival(last),
        batchSize: batch.records.length,
        streamArn: streamArn(batch.table),
      },
      payload: JSON.stringify({ Records: batch.records.map(({ event }) => event) }),
    }),
  };
};
