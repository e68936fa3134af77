import { functionStarter } from '../../adapters/lambda-turn-starter.ts';
import type { JobStarter } from '../ports/job-calls.ts';

/** The function that continues runs works on jobs too. */
export const lambdaJobStarter = (deps: { readonly functionName: string }): JobStarter => {
  const invoke = functionStarter(deps);
  return {
    startJob: async ({ projectId, endUserId, jobId }) =>
      await invoke({ projectId, endUserId, jobId, task: 'job' }),
  };
};
