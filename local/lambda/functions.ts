import { join } from 'node:path';
import * as z from 'zod';
import { FunctionHost, type FunctionConfig } from './function-host.ts';
import type { Services } from '../services.ts';
import type { Resource } from '../template.ts';

/** What shows the SDKs, in the functions and in the operator's tools, where AWS is on this machine. */
export const awsEnvironment = (urls: {
  readonly dynamodb: string;
  readonly others: string;
  readonly services: Readonly<Record<string, string>>;
}): Readonly<Record<string, string>> => ({
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
  AWS_ENDPOINT_URL_DYNAMODB: urls.dynamodb,
  AWS_ENDPOINT_URL_SECRETS_MANAGER: urls.others,
  AWS_ENDPOINT_URL_EVENTBRIDGE: urls.others,
  AWS_ENDPOINT_URL_SSM: urls.others,
  AWS_ENDPOINT_URL_SESV2: urls.others,
  ...urls.services,
});

/** A host for each function of the template, with its own environment and this machine's endpoints. */
export const functionsOf = (
  resources: readonly Resource[],
  endpoints: {
    readonly environment: Readonly<Record<string, string>>;
    readonly addresses: Services['addresses'];
  },
  hooks: Pick<FunctionConfig, 'logDir' | 'onLine' | 'onInvoked' | 'onLogLost'>,
): readonly (readonly [string, FunctionHost])[] =>
  resources
    .filter(({ type }) => type === 'AWS::Lambda::Function')
    .map(({ id, properties, assetPath, metadata }) => {
      const config = functionSchema.parse(properties);
      const host = new FunctionHost({
        id,
        entry: z.string().nullable().catch(null).parse(metadata['sluice:entry']),
        bundle: join(assetPath ?? '', 'index.mjs'),
        timeoutMs: config.Timeout * 1_000,
        memoryMb: config.MemorySize,
        ...hooks,
        environment: {
          ...localVariables(config.Environment.Variables, endpoints.addresses),
          ...endpoints.environment,
        },
      });
      return [id, host] as const;
    });

/** Variables that name a service by the address that the template builds get the one of this machine. */
const localVariables = (
  variables: Readonly<Record<string, string>>,
  addresses: Services['addresses'],
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [
      name,
      addresses.reduce((text, [from, to]) => text.replaceAll(from, to), value),
    ]),
  );

const functionSchema = z.object({
  Timeout: z.number(),
  MemorySize: z.number(),
  Environment: z.object({ Variables: z.record(z.string(), z.string()) }),
});
