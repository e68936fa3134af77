import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { dynamoKeyRegister } from '../../lambdas/ledger/adapters/dynamo-key-register.ts';
import { dynamoKeysTable } from '../../lambdas/ledger/adapters/dynamo-keys-table.ts';
import { createKey } from '../../lambdas/gateway/usecases/manage-keys.ts';
import { createKeyBody } from '../../lambdas/gateway/formats/key-format.ts';
import { storageClient } from '../../local/dynamo/storage.ts';

const localFile = z.object({
  environment: z.record(z.string(), z.string()),
  outputs: z.record(z.string(), z.string()),
});

/** An admin key of a project beside the stack's own. No route makes one, so it is written where keys are kept. */
export const adminOfOtherProject = async (stateDir: string): Promise<string> => {
  const local = localFile.parse(JSON.parse(readFileSync(join(stateDir, 'local.json'), 'utf8')));
  const client = storageClient(local.environment['AWS_ENDPOINT_URL_DYNAMODB'] ?? '');
  const keys = dynamoKeyRegister({
    table: dynamoKeysTable({
      client: DynamoDBDocumentClient.from(client, {
        marshallOptions: { removeUndefinedValues: true },
      }),
      keysTable: local.outputs['KeysTableName'] ?? '',
    }),
  });
  const deps = { keys, mode: 'test', nowMs: Date.now() } as const;
  const body = createKeyBody.parse({ name: 'other project', scope: 'admin' });
  const { secret } = await createKey(deps, 'project_other', body);
  client.destroy();
  return secret;
};
