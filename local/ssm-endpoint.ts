import * as z from 'zod';
import type { SecretStore } from './aws-endpoints.ts';
import { noExecution, readLook, readStart, ssmError, type SsmAnswer } from './ssm-automation.ts';

const NAME = /^\/[\w./-]{1,1010}$/;
const VALUE_BYTES_MAX = 4_096;

const named = z.object({ Name: z.string().regex(NAME) });
const put = z.strictObject({
  Name: z.string().regex(NAME),
  Value: z.string().min(1),
  Type: z.literal('SecureString'),
  Overwrite: z.literal(true),
});

/** Parameters beside the secrets of this machine; a standard one has 4 KB, as on AWS. */
export const parameterAnswer = (
  secrets: SecretStore,
  action: 'GetParameter' | 'PutParameter' | 'DeleteParameter',
  sent: unknown,
): readonly [number, object] => {
  const { data, success } = named.safeParse(sent);
  if (!success) return [400, { __type: 'ValidationException', message: 'Name' }];
  const name = keyOf(data.Name);
  const value = secrets.get(name);
  if (action === 'PutParameter') {
    const { Value } = put.parse(sent);
    if (Buffer.byteLength(Value) > VALUE_BYTES_MAX)
      return [400, { __type: 'ValidationException', message: 'longer than 4096' }];
    secrets.put(name, Value);
    return [200, { Version: 1, Tier: 'Standard' }];
  }
  if (value === undefined) return [400, { __type: 'ParameterNotFound' }];
  if (action === 'DeleteParameter') {
    secrets.remove(name);
    return [200, {}];
  }
  return [200, { Parameter: { Name: data.Name, Type: 'SecureString', Value: value, Version: 1 } }];
};

/**
 * Documents run on AWS alone. A refusal, loud where this machine is watched: whoever pretended here would say that
 * something was done. None was started, so that none is found.
 */
export const automationAnswer = (
  action: 'StartAutomationExecution' | 'GetAutomationExecution',
  sent: unknown,
): SsmAnswer => {
  if (action === 'GetAutomationExecution') {
    const read = readLook(sent);
    return 'refused' in read ? read.refused : noExecution(read.value);
  }
  const read = readStart(sent);
  if ('refused' in read) return read.refused;
  console.error(
    `ssm: ${read.value.DocumentName} was not started: a laptop runs no Automation documents`,
  );
  return ssmError(
    'AutomationDefinitionNotFoundException',
    'The local runtime runs no Automation documents: nothing was started.',
  );
};

const keyOf = (name: string): string => `parameter:${name}`;
