import type { Context, ScheduledEvent } from 'aws-lambda';
import { inInvocation } from './invocation.ts';
import { countColdStart } from './metrics.ts';

/** An entry that a schedule starts; what it throws is Lambda's to count. */
export const scheduleEntry =
  (work: () => Promise<void>) =>
  async (_event: ScheduledEvent, context: Context): Promise<void> => {
    await inInvocation({ request_id: context.awsRequestId }, async () => {
      countColdStart(context.functionName);
      await work();
    });
  };
