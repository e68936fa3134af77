import type { Context } from 'aws-lambda';
import { inInvocation, type InvocationFacts } from './invocation.ts';
import { countColdStart } from './metrics.ts';

/** How a room reads an event that another function sent without waiting for an answer. */
export interface EventDoor<E> {
  read(event: unknown): E;
  /** What each log line of this event carries, beside the id of its invocation. */
  facts(event: E): InvocationFacts;
  work(event: E, context: Context): Promise<void>;
}

/** An entry that functions start asynchronously; what it throws is Lambda's to count and to try again. */
export const eventEntry =
  <E>(door: EventDoor<E>) =>
  async (event: unknown, context: Context): Promise<void> => {
    const read = door.read(event);
    await inInvocation({ request_id: context.awsRequestId, ...door.facts(read) }, async () => {
      countColdStart(context.functionName);
      await door.work(read, context);
    });
  };
