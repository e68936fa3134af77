import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import * as z from 'zod';
import type { AwsEndpoints } from '../aws-endpoints.ts';
import { readState, writeState } from '../state-folder.ts';
import type { FunctionHost } from './function-host.ts';
import type { Resource } from '../template.ts';

/** Each custom resource is created once; its physical id is kept, so a later start leaves it alone. */
export const runCustomResources = async (
  resources: readonly Resource[],
  functions: ReadonlyMap<string, FunctionHost>,
  endpoints: AwsEndpoints,
  stateDir: string,
): Promise<void> => {
  const path = join(stateDir, 'custom-resources.json');
  const made = readState(path, z.record(z.string(), z.string())) ?? {};
  for (const { id, type, properties } of resources) {
    if (!type.startsWith('Custom::') || made[id] !== undefined) continue;
    const functionId = String(properties['ServiceToken']).split(':').at(-1) ?? '';
    const requestId = randomUUID();
    await functions.get(functionId)?.invoke({
      RequestType: 'Create',
      ResponseURL: `${endpoints.url}/custom-resource/${requestId}`,
      StackId: 'local',
      RequestId: requestId,
      ResourceType: type,
      LogicalResourceId: id,
      ServiceToken: properties['ServiceToken'],
      ResourceProperties: properties,
    });
    const answer = z
      .object({ Status: z.string(), Reason: z.string(), PhysicalResourceId: z.string() })
      .parse(await endpoints.answerOf(requestId));
    if (answer.Status !== 'SUCCESS') throw new Error(`${id}: ${answer.Reason}`);
    made[id] = answer.PhysicalResourceId;
    writeState(path, JSON.stringify(made));
  }
};
