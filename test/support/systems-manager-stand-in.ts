import {
  noExecution,
  readLook,
  readStart,
  ssmError,
  type AutomationStart,
  type SsmAnswer,
} from '../../local/ssm-automation.ts';
import { objectOf, startStandIn, type StandIn } from './stand-in.ts';

export const DOCUMENT = 'arn:aws:ssm:us-east-1:000000000000:document/Restart';
/** What the document takes; the first of them must be given. */
const PARAMETERS = ['service', 'AutomationAssumeRole'];

export interface Execution {
  readonly id: string;
  readonly token: string | null;
  readonly parameters: Readonly<Record<string, readonly string[]>>;
  readonly status: string;
  readonly failure: string | null;
}

export interface SystemsManagerStandIn extends StandIn {
  readonly executions: Execution[];
  /** All that run are so from here on. */
  turnsTo(status: string, failure?: string): void;
  /** Each execution is over when it was looked at once. */
  endsByItself(): void;
}

/**
 * Automation of Systems Manager, by its AWS JSON: it starts the one document that it knows, once for each token, and shows
 * how an execution is.
 */
export const startSystemsManagerStandIn = async (): Promise<SystemsManagerStandIn> => {
  const executions: Execution[] = [];
  const turnsTo = (status: string, failure: string | null = null): void => {
    for (const [place, execution] of executions.entries())
      if (!ENDS.has(execution.status)) executions[place] = { ...execution, status, failure };
  };
  let isOverWhenSeen = false;
  const standIn = await startStandIn(({ headers, method, body }) => {
    const [service, operation] = String(headers['x-amz-target'] ?? '').split('.');
    const [status, answer] =
      method === 'POST' && service === 'AmazonSSM'
        ? answerOf(operation ?? '', objectOf(body), executions)
        : ssmError('UnknownOperationException', '');
    if (isOverWhenSeen && operation === 'GetAutomationExecution') turnsTo('Success');
    return { status, headers: { 'content-type': 'application/x-amz-json-1.1' }, body: answer };
  });
  return {
    ...standIn,
    executions,
    turnsTo,
    endsByItself: () => {
      isOverWhenSeen = true;
    },
  };
};

const ENDS: ReadonlySet<string> = new Set(['Success', 'Failed', 'Cancelled', 'TimedOut']);

const answerOf = (operation: string, sent: unknown, executions: Execution[]): SsmAnswer => {
  if (operation === 'StartAutomationExecution') {
    const read = readStart(sent);
    return 'refused' in read ? read.refused : started(read.value, executions);
  }
  if (operation !== 'GetAutomationExecution') return ssmError('UnknownOperationException', '');
  const read = readLook(sent);
  if ('refused' in read) return read.refused;
  const found = executions.find(({ id }) => id === read.value);
  return found === undefined
    ? noExecution(read.value)
    : [200, { AutomationExecution: shown(found) }];
};

const started = (
  { DocumentName, Parameters: parameters = {}, ClientToken }: AutomationStart,
  executions: Execution[],
): SsmAnswer => {
  if (DocumentName !== DOCUMENT && DocumentName !== 'Restart')
    return ssmError(
      'AutomationDefinitionNotFoundException',
      'An Automation runbook with the specified name could not be found.',
    );
  const before = executions.find(({ token }) => token !== null && token === ClientToken);
  if (before !== undefined)
    return JSON.stringify(before.parameters) === JSON.stringify(parameters)
      ? [200, { AutomationExecutionId: before.id }]
      : ssmError(
          'IdempotentParameterMismatch',
          'Error returned when an idempotent operation is retried and the parameters do not match the original call to the API with the same idempotency token.',
        );
  const odd = Object.keys(parameters).find((name) => !PARAMETERS.includes(name));
  if (odd !== undefined || parameters['service'] === undefined)
    return ssmError(
      'InvalidAutomationExecutionParametersException',
      odd === undefined
        ? 'Required parameter(s) not supplied: service'
        : `Parameter "${odd}" is not defined in document`,
    );
  const id = `00000000-0000-4000-8000-${String(executions.length).padStart(12, '0')}`;
  const status = 'InProgress';
  executions.push({ id, token: ClientToken ?? null, parameters, status, failure: null });
  return [200, { AutomationExecutionId: id }];
};

const shown = ({ id, parameters, status, failure }: Execution): object => ({
  AutomationExecutionId: id,
  DocumentName: 'Restart',
  DocumentVersion: '1',
  AutomationExecutionStatus: status,
  ExecutionStartTime: 1_796_032_800.123,
  ...(ENDS.has(status) ? { ExecutionEndTime: 1_796_032_860.5 } : {}),
  ...(failure === null ? {} : { FailureMessage: failure }),
  Parameters: parameters,
  Outputs: {},
  Mode: 'Auto',
  StepExecutions: [],
  StepExecutionsTruncated: false,
});
