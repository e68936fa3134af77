import * as z from 'zod';
import type { SecretStore } from './aws-endpoints.ts';

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

const keyOf = (name: string): string => `parameter:${name}`;
