import type { SendAws } from '../../platform/aws/aws-client.ts';
import { AwsError, isRecord } from '../../platform/aws/aws-error.ts';
import type { JsonCall } from '../../platform/aws/aws-json-client.ts';
import { TransportFailure } from '../../platform/aws/aws-transport.ts';
import { jsonOf } from '../destinations/shared/read-answer.ts';
import type { Plan } from '../runbooks/plan.ts';
import type { Seen } from '../ports/runbooks.ts';
import type { Outcome } from '../runbooks/remediation.ts';
import { outcome, type Shown } from './words.ts';

/**
 * Calls a function and waits for it. https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 * An error of the function came after it began: what it did until then is its own word.
 */
export const invokeFunction = async (
  { target, body }: Plan,
  { send, shown }: { readonly send: SendAws; readonly shown: Shown },
): Promise<Outcome> => {
  try {
    const answer = await send({
      method: 'POST',
      path: `/2015-03-31/functions/${encodeURIComponent(target)}/invocations`,
      headers: {
        'content-type': 'application/json',
        'x-amz-invocation-type': 'RequestResponse',
      },
      body,
    });
    const said = shown(answer.body.toString('utf8'));
    return answer.headers['x-amz-function-error'] === undefined
      ? outcome('succeeded', said === '' ? 'The function ended.' : `The function answered: ${said}`)
      : outcome('failed', `The function failed: ${said}`);
  } catch (error) {
    return outcomeOfError(error, shown);
  }
};

/**
 * Starts an Automation. Not SendCommand: a command is bound to instances and would want a grant for each of them. An
 * Automation takes one document by its ARN, acts by a role of its own, and knows a repetition by its token.
 * https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_StartAutomationExecution.html
 */
export const startAutomation = async (
  { body }: Plan,
  {
    call,
    region,
    shown,
  }: { readonly call: JsonCall; readonly region: string; readonly shown: Shown },
): Promise<Outcome> => {
  try {
    const asked = jsonOf(body);
    if (!isRecord(asked)) throw new Error('a plan of a document is no object');
    const id = String((await call('StartAutomationExecution', asked))['AutomationExecutionId']);
    return {
      ...outcome(
        'handed_over',
        `Systems Manager took it, and runs the document as ${shown(id)}.`,
        `https://${region}.console.aws.amazon.com/systems-manager/automation/execution/${encodeURIComponent(id)}?region=${region}`,
      ),
      follow: id,
    };
  } catch (error) {
    return outcomeOfError(error, shown);
  }
};

/**
 * How an execution ended: the states that nothing follows. All others continue, also those that Systems Manager may add.
 * https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_AutomationExecution.html
 */
const ENDS: ReadonlyMap<unknown, Outcome['state']> = new Map([
  ['Success', 'succeeded'],
  ['CompletedWithSuccess', 'succeeded'],
  ['Failed', 'failed'],
  ['CompletedWithFailure', 'failed'],
  ['Cancelled', 'failed'],
  ['Rejected', 'failed'],
  ['ChangeCalendarOverrideRejected', 'failed'],
  ['Exited', 'failed'],
  ['TimedOut', 'timed_out'],
]);

/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetAutomationExecution.html */
export const lookAtAutomation = async (
  id: string,
  { call, shown }: { readonly call: JsonCall; readonly shown: Shown },
): Promise<Seen> => {
  try {
    const answer = await call('GetAutomationExecution', { AutomationExecutionId: id });
    const execution = answer['AutomationExecution'];
    if (!isRecord(execution)) return { kind: 'unheard', why: 'AWS showed no execution.' };
    const { AutomationExecutionStatus: status, FailureMessage: why } = execution;
    const state = ENDS.get(status);
    if (state === undefined) return { kind: 'continues' };
    const said = typeof why === 'string' && why !== '' ? `: ${shown(why)}` : '.';
    return {
      kind: 'ended',
      outcome: outcome(state, `The document ended as ${String(status)}${said}`),
    };
  } catch (error) {
    return { kind: 'unheard', why: outcomeOfError(error, shown).result };
  }
};

/** AWS refuses with a 4xx before anything began; of all else nobody knows. Throws what is no failure of AWS. */
const outcomeOfError = (error: unknown, shown: Shown): Outcome => {
  if (error instanceof TransportFailure)
    return outcome('unknown', `No whole answer came (${error.code}).`);
  if (!(error instanceof AwsError)) throw error;
  const said = `${error.name}, ${shown(error.message)}`;
  return error.$metadata.httpStatusCode < 500
    ? outcome('failed', `AWS refused it: ${said}`)
    : outcome('unknown', `AWS failed: ${said}`);
};
