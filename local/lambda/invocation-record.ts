import { randomUUID } from 'node:crypto';
import { batchText, type StreamRecord } from '../dynamo/stream-records.ts';
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

/** The same for an event that nobody waited for. https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html */
export const eventRecord = (failed: {
  readonly functionId: string;
  readonly event: unknown;
  readonly invokeCount: number;
  readonly error: string;
  readonly atMs: number;
}): { readonly name: string; readonly text: string } => {
  const { iso, path } = placeOf(failed.atMs);
  return {
    name: `aws/lambda/async/${failed.functionId}/${path}`,
    text: JSON.stringify({
      version: '1.0',
      timestamp: iso,
      requestContext: {
        requestId: randomUUID(),
        functionArn: `${functionArn(failed.functionId)}:$LATEST`,
        condition: 'RetriesExhausted',
        approximateInvokeCount: failed.invokeCount,
      },
      requestPayload: failed.event,
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      responsePayload: { errorMessage: failed.error },
    }),
  };
};

const placeOf = (atMs: number): { readonly iso: string; readonly path: string } => {
  const iso = new Date(atMs).toISOString();
  const day = iso.slice(0, 10).replaceAll('-', '/');
  return { iso, path: `${day}/${iso.slice(0, 19).replaceAll(':', '.')}-${randomUUID()}` };
};

/**
 * The object that Lambda puts into an on-failure bucket for a stream's batch, and its name.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
 */
export const invocationRecord = (
  batch: FailedBatch,
): { readonly name: string; readonly text: string } => {
  const { iso, path } = placeOf(batch.atMs);
  const first = batch.records[0];
  const last = batch.records.at(-1);
  const arrival = (record: StreamRecord | undefined): string =>
    new Date(record?.createdAtMs ?? batch.atMs).toISOString();
  return {
    name: `aws/lambda/${batch.mappingId}/${batch.shardId}/${path}`,
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
      payload: batchText(batch.records),
    }),
  };
};
