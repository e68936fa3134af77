import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { inInvocation } from './invocation.ts';
import { report } from './logger.ts';
import { countColdStart, recordMetrics } from './metrics.ts';

/** An entry that a queue invokes: what fails comes again by itself, and holds up nothing else of its batch. */
export const queueEntry =
  (handle: (record: SQSRecord, context: Context) => Promise<void>) =>
  async (event: SQSEvent, context: Context): Promise<SQSBatchResponse> =>
    await inInvocation({ request_id: context.awsRequestId }, async () => {
      countColdStart(context.functionName);
      const failed = await Promise.all(
        event.Records.map(async (record) => {
          try {
            await handle(record, context);
            return [];
          } catch (error) {
            report('message failed', error);
            recordMetrics({ failedRecords: 1 }, { by: { function: context.functionName } });
            return [{ itemIdentifier: record.messageId }];
          }
        }),
      );
      return { batchItemFailures: failed.flat() };
    });
