import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { report } from './logger.ts';

const ANSWER_TIMEOUT_MS = 20_000;

/** Runs the work of a custom resource and reports to CloudFormation how it went, so that a deployment never hangs. */
export const answerCloudFormation = async (
  event: CloudFormationCustomResourceEvent,
  work: () => Promise<void>,
): Promise<void> => {
  const failure = await outcome(work);
  await fetch(event.ResponseURL, {
    signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    method: 'PUT',
    headers: { 'content-type': '' },
    body: JSON.stringify({
      Status: failure === null ? 'SUCCESS' : 'FAILED',
      Reason: failure ?? 'done',
      PhysicalResourceId:
        'PhysicalResourceId' in event ? event.PhysicalResourceId : event.LogicalResourceId,
      StackId: event.StackId,
      RequestId: event.RequestId,
      LogicalResourceId: event.LogicalResourceId,
    }),
  });
};

const outcome = async (work: () => Promise<void>): Promise<string | null> => {
  try {
    await work();
    return null;
  } catch (error) {
    report('custom resource failed', error);
    return 'See the log of the function.';
  }
};
