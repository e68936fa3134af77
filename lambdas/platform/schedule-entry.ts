import type { Context, ScheduledEvent } from 'aws-lambda';
import { inInvocation } from './invocation.ts';

/**
 * An entry that a schedule starts; what it throws is Lambda's to count. Its cold starts are no figure: nobody waits for
 * them, and each function's would be a metric that an idle stage pays for.
 */
export const scheduleEntry =
  (work: () => Promise<void>) =>
  async (_event: ScheduledEvent, context: Context): Promise<void> => {
    await inInvocation({ request_id: context.awsRequestId }, work);
  };
