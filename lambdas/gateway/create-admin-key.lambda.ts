import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { answerCloudFormation } from '../platform/custom-resource-entry.ts';
import { createAdminKey } from './usecases/create-admin-key.ts';
import { wireAdminKey } from './wire-admin-key.ts';

const deps = wireAdminKey();

/** Create and Update make the key when there is none; Delete keeps it, for the keys outlive the service. */
export const handler = async (event: CloudFormationCustomResourceEvent): Promise<void> =>
  await answerCloudFormation(event, async () => {
    if (event.RequestType !== 'Delete') await createAdminKey({ ...deps, nowMs: Date.now() });
  });
