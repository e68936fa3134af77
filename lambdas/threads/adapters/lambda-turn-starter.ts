import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import type { TurnStarter } from '../ports.ts';

export interface TurnStarterDeps {
  readonly client: LambdaClient;
  readonly functionName: string;
}

/** An asynchronous invocation: Lambda keeps it and tries again; the sweep repeats one that was lost. */
export const lambdaTurnStarter = ({ client, functionName }: TurnStarterDeps): TurnStarter => ({
  start: async ({ projectId, endUserId, threadId, seq }) => {
    await client.send(
      new InvokeCommand({
        FunctionName: functionName,
        InvocationType: 'Event',
        Payload: Buffer.from(JSON.stringify({ projectId, endUserId, threadId, seq })),
      }),
    );
  },
});
