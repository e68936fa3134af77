import { once } from '../../shared/once.ts';
import type { TurnStarter } from '../ports/starter.ts';

/**
 * An asynchronous invocation: Lambda keeps it and tries again; the sweep repeats one that was lost. The client is
 * loaded with the first one: most turns are produced by the function that took them.
 */
export const functionStarter = ({ functionName }: { readonly functionName: string }) => {
  const sdk = once(async () => {
    const { InvokeCommand, LambdaClient } = await import('#beside/lambda');
    return { InvokeCommand, client: new LambdaClient() };
  });
  return async (event: object): Promise<void> => {
    const { client, InvokeCommand } = await sdk();
    await client.send(
      new InvokeCommand({
        FunctionName: functionName,
        InvocationType: 'Event',
        Payload: Buffer.from(JSON.stringify(event)),
      }),
    );
  };
};

export const lambdaTurnStarter = (deps: { readonly functionName: string }): TurnStarter => {
  const invoke = functionStarter(deps);
  return {
    start: async ({ projectId, endUserId, threadId, seq }) =>
      await invoke({ projectId, endUserId, threadId, seq }),
    startTitle: async ({ projectId, endUserId, threadId, seq }) =>
      await invoke({ projectId, endUserId, threadId, seq, task: 'title' }),
    startFork: async ({ origin: { projectId, endUserId, threadId }, atSeq, ...fork }) =>
      await invoke({ projectId, endUserId, threadId, seq: atSeq, task: 'fork', fork }),
  };
};
