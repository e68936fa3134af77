import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import type { Functions } from '../ports.ts';

export const lambdaFunctions = (client: LambdaClient): Functions => ({
  invoke: async (FunctionName, event) => {
    const answer = await client.send(
      new InvokeCommand({ FunctionName, Payload: Buffer.from(JSON.stringify(event)) }),
    );
    if (answer.FunctionError !== undefined)
      throw new Error(`${FunctionName} failed: ${answer.Payload?.transformToString() ?? ''}`);
  },
});
